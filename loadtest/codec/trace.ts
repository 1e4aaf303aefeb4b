export const FIELD_KINDS = ['linear', 'angle', 'uint', 'quaternion'] as const;
export type FieldKind = (typeof FIELD_KINDS)[number];

export interface TraceField {
  readonly name: string;
  readonly kind: FieldKind;
  /** How exactly the field must arrive, in its own unit. 1 for a uint, whatever a file says. */
  readonly precision: number;
  /** Of an angle: what a whole turn is. Default 2π. */
  readonly turn?: number;
}

/** Recorded motion: what a server's entities did, frame by frame. */
export interface Trace {
  readonly name: string;
  readonly hz: number;
  readonly frames: number;
  /** Slots. One that holds no entity in a frame is NaN in all columns of that frame. */
  readonly entities: number;
  readonly fields: readonly TraceField[];
  /** frames × entities × columns. A quaternion has the columns x, y, z, w, every other field has one. */
  readonly values: Float32Array;
}

/** One column of a trace, and the field that it is all or a quarter of. */
export interface TraceColumn {
  readonly field: TraceField;
  /** 0, or of a quaternion 0 to 3. */
  readonly part: number;
}

export function columnsOf(fields: readonly TraceField[]): TraceColumn[] {
  return fields.flatMap((field) =>
    Array.from({ length: field.kind === 'quaternion' ? 4 : 1 }, (_, part) => ({ field, part })),
  );
}

/** What a whole turn of an angle is. */
export function turnOf(field: TraceField): number {
  return field.turn ?? 2 * Math.PI;
}

/** The values of one frame: entities × columns, a view of the trace. */
export function frameOf(trace: Trace, frame: number): Float32Array {
  const size = trace.values.length / trace.frames;
  return trace.values.subarray(frame * size, (frame + 1) * size);
}
