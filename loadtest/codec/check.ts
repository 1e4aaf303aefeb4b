import type { Contender } from './contender.ts';
import { columnsOf, frameOf, type Trace, type TraceField, turnOf } from './trace.ts';

export interface Check {
  /** All messages but the first, which is the full state. */
  bytes: number;
  /** Whether client and server held the same numbers after every frame, to the last bit. */
  exact: boolean;
  /**
   * Largest distance of what the client held from what was recorded, in precisions of its field: of an angle around
   * the circle, of a quaternion in its worst component, q and -q being one rotation. Infinity: an entity was there for
   * one of them only.
   */
  maxError: number;
}

/** Sends the whole trace and compares every number of every frame. Untimed. */
export function check(trace: Trace, contender: Contender): Check {
  const sender = contender.sender();
  const receiver = contender.receiver();
  const size = trace.values.length / trace.frames;
  const sent = new Float64Array(size);
  const received = new Float64Array(size);
  const result: Check = { bytes: 0, exact: true, maxError: 0 };
  for (let frame = 0; frame < trace.frames; frame++) {
    const recorded = frameOf(trace, frame);
    sender.set(recorded);
    const message = sender.encode();
    if (frame > 0) result.bytes += contender.headerBytes + message.length;
    receiver.decode(message);
    sender.values(sent);
    receiver.values(received);
    result.exact &&= same(sent, received);
    result.maxError = Math.max(result.maxError, frameError(trace.fields, recorded, received));
  }
  return result;
}

function same(a: Float64Array, b: Float64Array): boolean {
  for (let i = 0; i < a.length; i++) {
    if (a[i] !== b[i] && !(Number.isNaN(a[i]) && Number.isNaN(b[i]))) return false;
  }
  return true;
}

/** Largest error of a frame, entities × columns, in precisions. */
export function frameError(
  fields: readonly TraceField[],
  recorded: ArrayLike<number>,
  received: ArrayLike<number>,
): number {
  const columns = columnsOf(fields).length;
  let worst = 0;
  for (let first = 0; first < recorded.length; first += columns) {
    const absent = Number.isNaN(recorded[first]!);
    if (absent !== Number.isNaN(received[first]!)) return Infinity;
    if (absent) continue;
    let at = first;
    for (const field of fields) {
      worst = Math.max(worst, distance(field, recorded, received, at) / field.precision);
      at += field.kind === 'quaternion' ? 4 : 1;
    }
  }
  return worst;
}

function distance(field: TraceField, a: ArrayLike<number>, b: ArrayLike<number>, at: number): number {
  switch (field.kind) {
    case 'linear':
    case 'uint':
      return Math.abs(a[at]! - b[at]!);
    case 'angle': {
      const turn = turnOf(field);
      const apart = Math.abs(a[at]! - b[at]!) % turn;
      return Math.min(apart, turn - apart);
    }
    case 'quaternion':
      return Math.min(componentDistance(a, b, at, 1), componentDistance(a, b, at, -1));
  }
}

function componentDistance(a: ArrayLike<number>, b: ArrayLike<number>, at: number, sign: 1 | -1): number {
  let worst = 0;
  for (let i = at; i < at + 4; i++) worst = Math.max(worst, Math.abs(a[i]! - sign * b[i]!));
  return worst;
}
