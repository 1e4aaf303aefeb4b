import { columnsOf, type Trace, type TraceField } from './trace.ts';

/** A trace in the making. What is not put stays absent. */
export class TraceRecorder {
  readonly #trace: Trace;
  readonly #columns: number;

  constructor(name: string, hz: number, frames: number, entities: number, fields: readonly TraceField[]) {
    this.#columns = columnsOf(fields).length;
    const values = new Float32Array(frames * entities * this.#columns).fill(NaN);
    this.#trace = { name, hz, frames, entities, fields, values };
  }

  put(frame: number, entity: number, values: readonly number[]): void {
    this.#trace.values.set(values, (frame * this.#trace.entities + entity) * this.#columns);
  }

  trace(): Trace {
    return this.#trace;
  }
}
