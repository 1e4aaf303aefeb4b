import type { Random } from '../../../shared/arena/random.ts';

/** At least `low`, below `high`. */
export function uniform(random: Random, low: number, high: number): number {
  return low + (random.next() / 2 ** 32) * (high - low);
}

/** A unit vector in space, every direction equally likely. */
export function direction(random: Random): [number, number, number] {
  const z = uniform(random, -1, 1);
  const around = uniform(random, 0, 2 * Math.PI);
  const across = Math.sqrt(1 - z * z);
  return [across * Math.cos(around), across * Math.sin(around), z];
}
