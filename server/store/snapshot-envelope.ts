import { createHash, hash } from 'node:crypto';
import type { Snapshot } from './room-store.ts';

/**
 * What a snapshot is kept in. Numbers are big-endian.
 *
 *   byte  0      4         6             8                    10     12            16      24         32
 *         +------+---------+-------------+--------------------+------+-------------+-------+----------+------+- -
 *         | VELS | version | room id (R) | fingerprint (F)    | zero | body (B)    | epoch | sequence | tick |
 *         |      | u16     | length, u16 | length, u16        | u16  | length, u32 | u64   | u64      | u64  |
 *         +------+---------+-------------+--------------------+------+-------------+-------+----------+------+- -
 *   byte  40       40+R          40+R+F   40+R+F+B
 *         +--------+-------------+--------+----------+
 *         | room id| fingerprint | body   | checksum |
 *         +--------+-------------+--------+----------+
 *
 *   version   1. What lies behind it is of this version only; the six bytes up to here are of every version
 *   room id   UTF-8, 1 to 256 bytes: whose snapshot it is
 *   epoch, sequence   the last journal entry that it covers
 *   checksum  the first 16 bytes of SHA-256 over everything in front of it
 */
export const SNAPSHOT_VERSION = 1;
const MAGIC = 0x56454c53;
const HEAD_BYTES = 40;
const CHECKSUM_BYTES = 16;
const MAX_ROOM_ID_BYTES = 256;
export const MAX_FINGERPRINT_BYTES = 1_024;
/** Larger bodies are neither written nor read. */
export const MAX_SNAPSHOT_BYTES = 16 * 1_048_576;

/** What can be wrong with the bytes of a snapshot. */
export type SnapshotFault =
  /** Not what was written: cut, longer, or other bytes. */
  | 'damaged'
  /** Of a version of the format that this code does not know. */
  | 'newer-format'
  /** Whole, but of another room. */
  | 'another-room';

export type SnapshotReading =
  { readonly snapshot: Snapshot; readonly fault?: undefined } | { readonly fault: SnapshotFault };

/** @throws {RangeError} a part is longer than it may be, or a number is none */
export function writeSnapshot(roomId: string, snapshot: Snapshot): Buffer {
  const { fingerprint, body } = snapshot;
  const id = Buffer.from(roomId);
  within('room id', id.length, MAX_ROOM_ID_BYTES);
  within('fingerprint', fingerprint.length, MAX_FINGERPRINT_BYTES);
  within('snapshot', body.length, MAX_SNAPSHOT_BYTES);
  for (const number of [snapshot.epoch, snapshot.sequence, snapshot.tick]) {
    if (!Number.isSafeInteger(number) || number < 0) throw new RangeError(`${number} is no epoch, sequence or tick`);
  }
  const bytes = Buffer.allocUnsafe(HEAD_BYTES + id.length + fingerprint.length + body.length + CHECKSUM_BYTES);
  bytes.writeUInt32BE(MAGIC, 0);
  bytes.writeUInt16BE(SNAPSHOT_VERSION, 4);
  bytes.writeUInt16BE(id.length, 6);
  bytes.writeUInt16BE(fingerprint.length, 8);
  bytes.writeUInt16BE(0, 10);
  bytes.writeUInt32BE(body.length, 12);
  bytes.writeBigUInt64BE(BigInt(snapshot.epoch), 16);
  bytes.writeBigUInt64BE(BigInt(snapshot.sequence), 24);
  bytes.writeBigUInt64BE(BigInt(snapshot.tick), 32);
  let at = HEAD_BYTES;
  for (const part of [id, fingerprint, body]) {
    bytes.set(part, at);
    at += part.length;
  }
  hash('sha256', bytes.subarray(0, at), 'buffer').copy(bytes, at, 0, CHECKSUM_BYTES);
  return bytes;
}

/** Reads what came out of the store, whatever it is. The snapshot's parts are views of `bytes`. Never throws. */
export function readSnapshot(roomId: string, bytes: Buffer): SnapshotReading {
  if (bytes.length < 6 || bytes.readUInt32BE(0) !== MAGIC) return { fault: 'damaged' };
  const version = bytes.readUInt16BE(4);
  if (version > SNAPSHOT_VERSION) return { fault: 'newer-format' };
  if (version !== SNAPSHOT_VERSION || bytes.length < HEAD_BYTES + CHECKSUM_BYTES) return { fault: 'damaged' };
  const idBytes = bytes.readUInt16BE(6);
  const fingerprintBytes = bytes.readUInt16BE(8);
  const bodyBytes = bytes.readUInt32BE(12);
  const end = HEAD_BYTES + idBytes + fingerprintBytes + bodyBytes;
  if (end + CHECKSUM_BYTES !== bytes.length) return { fault: 'damaged' };
  const checksum = createHash('sha256').update(bytes.subarray(0, end)).digest();
  if (!checksum.subarray(0, CHECKSUM_BYTES).equals(bytes.subarray(end))) return { fault: 'damaged' };
  const epoch = Number(bytes.readBigUInt64BE(16));
  const sequence = Number(bytes.readBigUInt64BE(24));
  const tick = Number(bytes.readBigUInt64BE(32));
  // With a right checksum these are what somebody wrote; but whoever can write the store can make a checksum too.
  if (![epoch, sequence, tick].every(Number.isSafeInteger) || bytes.readUInt16BE(10) !== 0) return { fault: 'damaged' };
  if (!bytes.subarray(HEAD_BYTES, HEAD_BYTES + idBytes).equals(Buffer.from(roomId))) return { fault: 'another-room' };
  const fingerprint = bytes.subarray(HEAD_BYTES + idBytes, end - bodyBytes);
  return { snapshot: { epoch, sequence, tick, fingerprint, body: bytes.subarray(end - bodyBytes, end) } };
}

function within(what: string, length: number, limit: number): void {
  if (length > limit) throw new RangeError(`${what} of ${length} bytes, at most ${limit} are kept`);
}
