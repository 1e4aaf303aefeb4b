import { columnsOf, type Trace, type TraceField, turnOf } from './trace.ts';

/** What `t.quantized` takes. */
export interface QuantizedRange {
  min: number;
  max: number;
  bits: Bits;
  mode: 'clamp' | 'wrap';
}
type Bits = 8 | 16 | 32;

const WIDTHS: readonly Bits[] = [8, 16, 32];

/**
 * How somebody who knows the game's world would declare this column: the fewest bits, and steps that are exactly the
 * precision asked for, for finer ones would be sent more often. A circle has the steps that its bits give.
 */
export function quantizedRange(trace: Trace, field: TraceField, column: number): QuantizedRange {
  const { precision } = field;
  if (field.kind === 'angle') {
    return { min: 0, max: turnOf(field), bits: fewestBits(turnOf(field) / precision), mode: 'wrap' };
  }
  const [low, high] = field.kind === 'quaternion' ? [-1, 1] : extent(trace, column);
  const first = Math.floor(low / precision);
  const last = Math.ceil(high / precision);
  const bits = fewestBits(last - first + 1);
  // Finer than Schema has steps for: it gets as near as it can.
  if (last - first >= 2 ** bits) return { min: low, max: high, bits, mode: 'clamp' };
  // Symmetric, where that takes no more bits: such a range has an exact zero, and one step less.
  const half = 2 ** (bits - 1) - 1;
  if (Math.max(-first, last) <= half) return { min: -half * precision, max: half * precision, bits, mode: 'clamp' };
  return { min: first * precision, max: (first + 2 ** bits - 1) * precision, bits, mode: 'clamp' };
}

/** The smallest unsigned type that holds all of the column. */
export function smallestUint(trace: Trace, column: number): 'uint8' | 'uint16' | 'uint32' {
  return `uint${fewestBits(extent(trace, column)[1] + 1)}`;
}

function fewestBits(steps: number): Bits {
  return WIDTHS.find((width) => steps <= 2 ** width) ?? 32;
}

/** Smallest and largest value of the column; 0 and 0 where there is none. */
export function extent({ values, fields }: Trace, column: number): [number, number] {
  const step = columnsOf(fields).length;
  let low = Infinity;
  let high = -Infinity;
  for (let i = column; i < values.length; i += step) {
    if (values[i]! < low) low = values[i]!;
    if (values[i]! > high) high = values[i]!;
  }
  return low <= high ? [low, high] : [0, 0];
}
