import { fractionOf } from './fraction.ts';

/** Two components of a canonical quaternion may differ by this many precisions, and the lesser one still be derived. */
const DERIVED_SLACK = 3;
/** The derived component is known to 1 / 256 of a precision. */
const SUBSTEPS = 256;

/** Indexes into the integers of a quaternion. */
export const LARGEST = 0;
export const NEGATIVE = 1;
export const FIRST = 2;
/** Length of the integers of a quaternion. */
export const QUATERNION_INTS = 5;

/** What follows from a precision, computed once. Working unit: one precision. */
export interface QuaternionGrid {
  readonly precision: number;
  /** The square of the sphere's radius, 1 / precision squared. */
  readonly radiusSquared: number;
  readonly radius: number;
  /** No kept component is greater. */
  readonly maxQuanta: number;
  readonly numerator: number;
  readonly denominator: number;
}

/** @param precision 1e-5 to 0.01 */
export function quaternionGrid(precision: number): QuaternionGrid {
  const radius = 1 / precision;
  return {
    precision,
    radius,
    radiusSquared: Math.round(radius * radius),
    maxQuanta: Math.floor(radius * Math.SQRT1_2) + DERIVED_SLACK,
    ...fractionOf(precision),
  };
}

/** The square root of an integer below 2^53, rounded down. A negative number counts as 0. */
export function isqrt(square: number): number {
  const root = Math.floor(Math.sqrt(square > 0 ? square : 0));
  return root * root > square && root > 0 ? root - 1 : root;
}

/** The component, without its sign, that makes the three others a rotation, in 1 / 256 precisions. */
function derived(grid: QuaternionGrid, a: number, b: number, c: number): number {
  return isqrt((grid.radiusSquared - a * a - b * b - c * c) * (SUBSTEPS * SUBSTEPS));
}

const value = (grid: QuaternionGrid, quanta: number): number => (quanta * grid.numerator) / grid.denominator;

const derivedValue = (grid: QuaternionGrid, substeps: number): number =>
  (substeps * grid.numerator) / (grid.denominator * SUBSTEPS);

/**
 * The canonical quaternion near a rotation, as integers: `out` becomes [index of the derived component, 1 if that one is
 * negative, and the three others, in order, as multiples of the precision]. The derived one is the greatest, or one of
 * those next to it ("smallest three", with the fourth from exact integer arithmetic: the same in every engine).
 *
 * The input need not be normalised; zero and what is not finite become the identity. Of q and -q, which are the same
 * rotation, the one that was given is kept. No component is off by more than one precision. A canonical quaternion comes
 * back as it is. Hot: once a changed rotation, each tick; no allocation.
 */
export function quantizeQuaternion(
  grid: QuaternionGrid,
  x: number,
  y: number,
  z: number,
  w: number,
  out: Int32Array,
): void {
  if (putCanonical(grid, x, y, z, w, out)) return;
  const magnitude = Math.max(Math.abs(x), Math.abs(y), Math.abs(z), Math.abs(w));
  if (!(magnitude > 0 && magnitude < Infinity)) return putIdentity(out);
  // By the greatest first: squares of very small and very large numbers leave the range of doubles.
  x /= magnitude;
  y /= magnitude;
  z /= magnitude;
  w /= magnitude;
  const toGrid = grid.radius / Math.sqrt(x * x + y * y + z * z + w * w);
  if (Math.abs(w) === 1) put(grid, 3, w * toGrid, x * toGrid, y * toGrid, z * toGrid, out);
  else if (Math.abs(x) === 1) put(grid, 0, x * toGrid, y * toGrid, z * toGrid, w * toGrid, out);
  else if (Math.abs(y) === 1) put(grid, 1, y * toGrid, x * toGrid, z * toGrid, w * toGrid, out);
  else put(grid, 2, z * toGrid, x * toGrid, y * toGrid, w * toGrid, out);
  putFirstOfEqual(grid, out);
}

/** The values of a canonical quaternion: x, y, z, w. Integers that no rotation has make some finite values. */
export function dequantizeQuaternion(grid: QuaternionGrid, ints: Int32Array, out: Float64Array): void {
  const largest = ints[LARGEST]!;
  const a = ints[FIRST]!;
  const b = ints[FIRST + 1]!;
  const c = ints[FIRST + 2]!;
  const magnitude = derivedValue(grid, derived(grid, a, b, c));
  out[largest] = ints[NEGATIVE] === 0 ? magnitude : -magnitude;
  out[largest > 0 ? 0 : 1] = value(grid, a);
  out[largest > 1 ? 1 : 2] = value(grid, b);
  out[largest > 2 ? 2 : 3] = value(grid, c);
}

/** Components of a canonical quaternion in 1/256 precisions: all of them whole numbers. */
export function fineQuaternion(grid: QuaternionGrid, ints: Int32Array, out: Int32Array): void {
  const largest = ints[LARGEST]!;
  const a = ints[FIRST]!;
  const b = ints[FIRST + 1]!;
  const c = ints[FIRST + 2]!;
  const magnitude = derived(grid, a, b, c);
  out[largest] = ints[NEGATIVE] === 0 ? magnitude : -magnitude;
  out[largest > 0 ? 0 : 1] = a * SUBSTEPS;
  out[largest > 1 ? 1 : 2] = b * SUBSTEPS;
  out[largest > 2 ? 2 : 3] = c * SUBSTEPS;
}

/**
 * Writes the integers of four values that are canonical already, which shows in their bits. Rounding them again could
 * prefer the other of two components that tie. Where several components could be the derived one, it is the first.
 * @returns whether they are canonical
 */
function putCanonical(grid: QuaternionGrid, x: number, y: number, z: number, w: number, out: Int32Array): boolean {
  const perUnit = grid.denominator / grid.numerator;
  const i = Math.round(x * perUnit);
  const j = Math.round(y * perUnit);
  const k = Math.round(z * perUnit);
  const l = Math.round(w * perUnit);
  const isX = value(grid, i) === x;
  const isY = value(grid, j) === y;
  const isZ = value(grid, k) === z;
  const isW = value(grid, l) === w;
  return (
    (isY && isZ && isW && putDerived(grid, 0, x, j, k, l, out)) ||
    (isX && isZ && isW && putDerived(grid, 1, y, i, k, l, out)) ||
    (isX && isY && isW && putDerived(grid, 2, z, i, j, l, out)) ||
    (isX && isY && isZ && putDerived(grid, 3, w, i, j, k, out))
  );
}

/** Writes the integers if exactly `m` is derived from the three others. */
function putDerived(
  grid: QuaternionGrid,
  index: number,
  m: number,
  a: number,
  b: number,
  c: number,
  out: Int32Array,
): boolean {
  const substeps = derived(grid, a, b, c);
  if (derivedValue(grid, substeps) !== Math.abs(m)) return false;
  if (substeps / SUBSTEPS < Math.max(Math.abs(a), Math.abs(b), Math.abs(c)) - DERIVED_SLACK) return false;
  out[LARGEST] = index;
  out[NEGATIVE] = m < 0 ? 1 : 0;
  out[FIRST] = a;
  out[FIRST + 1] = b;
  out[FIRST + 2] = c;
  return true;
}

/** Where the derived component came out as a whole number of precisions, another may stand for the same four values. */
function putFirstOfEqual(grid: QuaternionGrid, out: Int32Array): void {
  const largest = out[LARGEST]!;
  const substeps = derived(grid, out[FIRST]!, out[FIRST + 1]!, out[FIRST + 2]!);
  if (largest === 0 || substeps % SUBSTEPS !== 0) return;
  const m = out[NEGATIVE] === 0 ? derivedValue(grid, substeps) : -derivedValue(grid, substeps);
  const a = value(grid, out[FIRST]!);
  const b = value(grid, out[FIRST + 1]!);
  const c = value(grid, out[FIRST + 2]!);
  putCanonical(grid, a, largest === 1 ? m : b, largest === 1 ? b : largest === 2 ? m : c, largest === 3 ? m : c, out);
}

function putIdentity(out: Int32Array): void {
  out[LARGEST] = 3;
  out[NEGATIVE] = 0;
  out[FIRST] = 0;
  out[FIRST + 1] = 0;
  out[FIRST + 2] = 0;
}

/**
 * Rounds the three components and derives the greatest, `m`. What the three are off by adds up in the derived one, to
 * 1.5 precisions at worst; then the best way is taken of rounding some of them to their other neighbour.
 */
function put(grid: QuaternionGrid, index: number, m: number, u: number, v: number, w: number, out: Int32Array): void {
  const sign = m < 0 ? 1 : 0;
  const size = Math.abs(m);
  const a = Math.round(u);
  const b = Math.round(v);
  const c = Math.round(w);
  out[LARGEST] = index;
  out[NEGATIVE] = sign;
  out[FIRST] = a;
  out[FIRST + 1] = b;
  out[FIRST + 2] = c;
  if (Math.abs(derived(grid, a, b, c) / SUBSTEPS - size) <= 1) return;
  let least = Infinity;
  for (let others = 1; others < 8; others++) {
    const i = others & 1 ? otherNeighbour(u, a) : a;
    const j = others & 2 ? otherNeighbour(v, b) : b;
    const k = others & 4 ? otherNeighbour(w, c) : c;
    const off = derived(grid, i, j, k) / SUBSTEPS - size;
    const total = off * off + (i - u) * (i - u) + (j - v) * (j - v) + (k - w) * (k - w);
    if (Math.abs(off) > 1 || total >= least) continue;
    least = total;
    out[FIRST] = i;
    out[FIRST + 1] = j;
    out[FIRST + 2] = k;
  }
}

const otherNeighbour = (exact: number, rounded: number): number => (exact > rounded ? rounded + 1 : rounded - 1);
