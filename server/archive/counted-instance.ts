import type { Watched } from '../../shared/live/watched.ts';
import { type ArchiveWriter, Head } from './archive-bytes.ts';
import { Archive } from './archive-format.ts';
import type { ToldCounts } from './counted-fields.ts';
import { MASK_BITS, maskBit, writeField } from './instance-record.ts';
import { idOf } from './schema-storage.ts';
import type { TrackedInstance } from './tracked-instance.ts';

/** One whose live fields are compared by their counts. */
export type CountedInstance = TrackedInstance & { readonly watched: Watched; readonly counts: ToldCounts };

/** As `tellInstance`, of one whose counts say all that its live fields hold. */
export function tellCounted(out: ArchiveWriter | undefined, each: CountedInstance): boolean {
  const { watched, base, counts } = each;
  const { fields, others } = counts.counted;
  const { isRef } = each.klass;
  const { values, told } = each;
  const before = counts.counts;
  const now = watched.pool.counts;
  const from = watched.base;
  let low = 0;
  let high = 0;
  for (let i = 0; i < fields.length; i++) {
    if (now[from + i] === before[base + i]) continue;
    const { index } = fields[i]!;
    if (index < MASK_BITS) low |= maskBit(index);
    else high |= maskBit(index);
  }
  for (let k = 0; k < others.length; k++) {
    const i = others[k]!;
    const value = isRef[i] === true ? idOf(values[i]) : values[i];
    if (Object.is(value, told[i])) continue;
    told[i] = value;
    if (i < MASK_BITS) low |= maskBit(i);
    else high |= maskBit(i);
  }
  if ((low | high) === 0) return false;
  if (out !== undefined) {
    out.varint(2 * each.refId + Archive.Changed);
    writeCounted(out, each, low, high, true);
  }
  for (let i = 0; i < fields.length; i++) before[base + i] = now[from + i]!;
  return true;
}

/** As it was told. */
export function writeWholeCounted(out: ArchiveWriter, each: CountedInstance): void {
  const { places } = each.counts.counted;
  let low = 0;
  let high = 0;
  for (let i = 0; i < places.length; i++) {
    if (places[i]! < 0 && each.told[i] === undefined) continue;
    if (i < MASK_BITS) low |= maskBit(i);
    else high |= maskBit(i);
  }
  writeCounted(out, each, low, high, false);
}

/** @param isChange the counts as they are, as the difference to what was told; otherwise what was told */
function writeCounted(
  out: ArchiveWriter,
  { klass, told, watched, counts: toldCounts, base }: CountedInstance,
  low: number,
  high: number,
  isChange: boolean,
): void {
  const { places } = toldCounts.counted;
  const { isFlag } = klass;
  const before = toldCounts.counts;
  const counts = isChange ? watched.pool.counts : before;
  const from = isChange ? watched.base : base;
  out.mask(low);
  if (places.length > MASK_BITS) out.mask(high);
  for (let mask = 0; mask < 2; mask++) {
    for (let bits = mask === 0 ? low : high; bits !== 0; bits &= bits - 1) {
      const i = MASK_BITS * mask + 31 - Math.clz32(bits & -bits);
      const at = places[i]!;
      if (at < 0) writeField(out, klass, klass.fields[i]!, told[i], undefined);
      else if (isFlag[i] === true) out.byte(counts[from + at] === 0 ? Head.False : Head.True);
      else out.whole(counts[from + at]! - (isChange ? before[base + at]! : 0));
    }
  }
}
