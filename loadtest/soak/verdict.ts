import type { Holdings } from './probe.ts';

export interface Sample {
  /** Since the beginning. */
  minute: number;
  heapBytes: number;
  residentBytes: number;
}

/** What is there of the bots: in the node, by kind of object, and in Redis. */
export interface Inventory {
  heapBytes: number;
  objects: Holdings['objects'];
  keys: string[];
  listingRows: number;
}

/**
 * Percent by which something grew over the time of the samples: along the straight line that fits them best, so that
 * neither the first nor the last of them alone decides.
 */
export function growthOf(samples: readonly Sample[], field: 'heapBytes' | 'residentBytes'): number {
  if (samples.length < 2) return 0;
  const mean = (read: (sample: Sample) => number): number =>
    samples.reduce((sum, sample) => sum + read(sample), 0) / samples.length;
  const midMinute = mean(({ minute }) => minute);
  const midBytes = mean((sample) => sample[field]);
  let covariance = 0;
  let variance = 0;
  for (const sample of samples) {
    covariance += (sample.minute - midMinute) * (sample[field] - midBytes);
    variance += (sample.minute - midMinute) ** 2;
  }
  const span = samples.at(-1)!.minute - samples[0]!.minute;
  const rise = variance === 0 ? 0 : (covariance / variance) * span;
  return (100 * rise) / (midBytes - rise / 2);
}

/** What there is more of than before, in words; empty when nothing is left over. Kinds that were not counted before are passed over. */
export function leftOver(before: Inventory, after: Inventory): string[] {
  const left: string[] = [];
  for (const [kind, count] of Object.entries(after.objects)) {
    const known = before.objects[kind];
    if (known !== undefined && count > known) left.push(`${kind}: ${count}, before ${known}`);
  }
  const knownKeys = new Set(before.keys);
  for (const key of after.keys) if (!knownKeys.has(key)) left.push(`key in Redis: ${key}`);
  if (after.listingRows > before.listingRows) left.push(`rooms in the listing: ${after.listingRows}`);
  return left;
}
