import { isqrt } from '../live/quaternion.ts';
import { WireError } from '../wire/wire-error.ts';
import { DERIVED, QUATERNION_COMPONENTS, type QuaternionUnits } from './live-units.ts';
import { FINE, FINE_BITS } from './predictor.ts';

/**
 * Works out the derived component, which holds its sign as yet: the whole square root of what the squares of the other
 * three leave, in 1/256 quanta, exactly as the live field does.
 */
export function deriveComponent(values: Int32Array, at: number, squares: number): void {
  const derived = values[at + DERIVED]!;
  let left = squares;
  for (let c = 0; c < QUATERNION_COMPONENTS; c++) {
    if (c === derived) continue;
    const quanta = values[at + c]! >> FINE_BITS;
    left -= quanta * quanta;
  }
  if (!(left >= 0)) throw new WireError('bad-state', 0, 'a quaternion longer than 1');
  const root = isqrt(left * (FINE * FINE));
  values[at + derived] = values[at + derived]! < 0 ? -root : root;
}

/** @throws {WireError} `bad-state` for what no quaternion is */
export function checkQuaternion({ squares }: QuaternionUnits, values: Int32Array, at: number): void {
  const derived = values[at + DERIVED]!;
  const root = values[at + derived];
  if (derived >= 0 && derived < QUATERNION_COMPONENTS && root !== undefined) {
    let fraction = 0;
    for (let c = 0; c < QUATERNION_COMPONENTS; c++) if (c !== derived) fraction |= values[at + c]! & (FINE - 1);
    deriveComponent(values, at, squares);
    if (values[at + derived] === root && fraction === 0) return;
  }
  throw new WireError('bad-state', 0, 'a quaternion that is none');
}
