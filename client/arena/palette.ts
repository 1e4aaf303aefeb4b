/** Ship colours: told apart on the dark ground, about equally bright. `Ship.color` is an index, taken modulo the length. */
const SHIP_COLORS = [
  0x5cc8ff, 0xff6f6b, 0xffd05c, 0x74e38a, 0xc48dff, 0xff9d4f, 0x43dfc6, 0xff82c4, 0x8fa8ff, 0xd2ef57, 0xf4b19a,
  0xa6f0d0, 0xe45c9c, 0xb0c4de, 0xe8e27a, 0x4fa3ff,
] as const;

export function shipColor(index: number): number {
  return SHIP_COLORS[index % SHIP_COLORS.length]!;
}

/** `#rrggbb`, for CSS. */
export function cssColor(color: number): string {
  return `#${color.toString(16).padStart(6, '0')}`;
}

export const SPACE = 0x080b14;
export const GRID = 0x2a3a5c;
export const BORDER = 0x4f6fb5;
export const ROCK_FILL = 0x1a2132;
export const ROCK_EDGE = 0x66738f;
export const TEXT = 0xdfe7f7;
export const HULL_GOOD = 0x74e38a;
export const HULL_WORN = 0xffd05c;
export const HULL_BAD = 0xff6f6b;
/** By `Pickup.kind`: repair, points, shield. */
export const PICKUP_COLORS = [0x74e38a, 0xffd05c, 0x5cc8ff] as const;

/** @param hull 0 to 100 */
export function hullColor(hull: number): number {
  return hull > 60 ? HULL_GOOD : hull > 30 ? HULL_WORN : HULL_BAD;
}
