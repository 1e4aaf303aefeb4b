import { POSITION_QUANTUM, VELOCITY_QUANTUM } from './rules.ts';

// `+ 0` turns -0 into 0: float32 carries the sign of a zero, and predicted and decoded numbers must be the same bits.

/** The multiple of POSITION_QUANTUM nearest to `units`. */
export function snapPosition(units: number): number {
  return Math.floor(units / POSITION_QUANTUM + 0.5) * POSITION_QUANTUM + 0;
}

/** The multiple of VELOCITY_QUANTUM nearest to `unitsPerSecond`. */
export function snapVelocity(unitsPerSecond: number): number {
  return Math.floor(unitsPerSecond / VELOCITY_QUANTUM + 0.5) * VELOCITY_QUANTUM + 0;
}

/** The next multiple of VELOCITY_QUANTUM towards zero: what friction leaves. */
export function dampVelocity(unitsPerSecond: number): number {
  return Math.trunc(unitsPerSecond / VELOCITY_QUANTUM) * VELOCITY_QUANTUM + 0;
}
