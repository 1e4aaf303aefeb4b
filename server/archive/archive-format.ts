import { crc32 } from 'node:zlib';
import type { CollectionKind } from './schema-storage.ts';

/**
 * What a state is kept as. Numbers are varints (LEB128) but for checks, which are 4 bytes, big-endian.
 *
 *   snapshot  u8 'S', u8 version, number, check of the line; length and shape; records; edges; next refId; check
 *   delta     u8 'D', u8 version, number; count and refIds of what is gone; records; edges; next refId; check
 *   records   2 * refId + 2, kind, what is in it: a whole one
 *             2 * refId + 1, what changed in it: one that the reader knows
 *             0: the end
 *   kind      twice the place in `collections`, one more where the elements are instances;
 *             from 8 on: an instance, of the class at that index of the shape
 *   edges     refId + 1, count, and of each place the refId and the index: of what lies, or lay, in several
 *             0: the end
 *
 * A snapshot's check is the CRC-32 of the room's id and of what stands in front; that of a delta is of the check of the
 * delta before it, and of what stands in front. So a line of deltas cannot go on with those of another.
 */
export const Archive = {
  Snapshot: 0x53,
  Delta: 0x44,
  Version: 1,
  Changed: 1,
  Whole: 2,
  collections: ['map', 'array', 'set', 'collection'] satisfies CollectionKind[] as CollectionKind[],
} as const;

/** How far the deltas of a room are. */
export interface Line {
  /** Of the last delta. */
  readonly number: number;
  readonly check: number;
}

/** Of a room that has none yet. */
export const startOf = (room: string): Line => ({ number: 0, check: crc32(room) });
