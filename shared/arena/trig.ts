import { HEADING_UNITS } from './rules.ts';

/**
 * Sine and cosine of headings (1/4096 turns), the same bits in every JavaScript engine.
 *
 * `Math.sin` is left to the engine by the language and does differ between browsers in the last bit. This table is
 * built from + - * / alone, which IEEE 754 fixes, and rounded to 1/65536: a position that is worked out from it on a
 * phone is the server's.
 */
const QUARTER = HEADING_UNITS / 4;
const HALF = HEADING_UNITS / 2;
const MASK = HEADING_UNITS - 1;
const TABLE_QUANTUM = 1 / 65_536;

/** Taylor's series; at x up to pi/2 twelve terms are exact far below the table's quantum. */
function sineSeries(radians: number): number {
  const square = radians * radians;
  let term = radians;
  let sum = radians;
  for (let n = 1; n < 12; n++) {
    term = (-term * square) / (2 * n * (2 * n + 1));
    sum += term;
  }
  return sum;
}

const table = buildTable();

function buildTable(): Float64Array {
  const sines = new Float64Array(HEADING_UNITS);
  for (let i = 0; i <= QUARTER; i++) {
    const value = Math.floor(sineSeries((i * 1.5707963267948966) / QUARTER) / TABLE_QUANTUM + 0.5) * TABLE_QUANTUM;
    // The four quarters share their numbers, so that opposite headings cancel exactly. `0 - value`: no -0.
    sines[i] = value;
    sines[HALF - i] = value;
    sines[(HALF + i) & MASK] = 0 - value;
    sines[(HEADING_UNITS - i) & MASK] = 0 - value;
  }
  return sines;
}

/** `heading` is an integer in 1/4096 turns, taken round the circle. */
export function sine(heading: number): number {
  return table[heading & MASK]!;
}

export function cosine(heading: number): number {
  return table[(heading + QUARTER) & MASK]!;
}
