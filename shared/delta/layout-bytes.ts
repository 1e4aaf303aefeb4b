import {
  type LiveFieldSpec,
  MAX_PRECISION,
  MAX_QUANTA,
  MAX_QUATERNION_PRECISION,
  MIN_PRECISION,
  MIN_QUATERNION_PRECISION,
} from '../live/live-field-spec.ts';
import { FRAME_HEADER_BYTES } from '../wire/frame.ts';
import { WireError, type WireErrorCode } from '../wire/wire-error.ts';
import { type Cursor, readVarint, writeVarint } from '../wire/varint.ts';
import { QUATERNION_COMPONENTS } from './live-units.ts';

/**
 * The live classes of a stream, for clients that do not have them: varint count of classes; of each a varint count of
 * fields; of each field u8 kind, u8 index, varint length of its name, name, and its numbers as f64. PROTOCOL.md D2.
 */
const KINDS = {
  fixed: { code: 0, numbers: ['precision', 'min', 'max'] },
  int: { code: 1, numbers: ['min', 'max'] },
  angle: { code: 2, numbers: ['steps', 'turn'] },
  flag: { code: 3, numbers: [] },
  quaternion: { code: 4, numbers: ['precision'] },
} as const satisfies Record<LiveFieldSpec['kind'], { code: number; numbers: readonly string[] }>;

const NAMES = Object.keys(KINDS) as LiveFieldSpec['kind'][];
/** Schema gives a class no more fields. */
const MOST_FIELDS = 63;
/** No game has more. */
export const MOST_CLASSES = 1_024;
/** Of all classes together. No game has more; each costs both sides about a kilobyte, most of it for models. */
export const MOST_STREAM_FIELDS = 4_096;

/** @throws {RangeError} more classes or fields than a reader takes */
export function writeLayouts(classes: readonly (readonly LiveFieldSpec[])[]): Uint8Array {
  if (classes.length > MOST_CLASSES || classes.flat().length > MOST_STREAM_FIELDS) {
    throw new RangeError(
      `a state has at most ${MOST_STREAM_FIELDS} live fields in ${MOST_CLASSES} classes, ` +
        `here it has ${classes.flat().length} in ${classes.length}`,
    );
  }
  return encodeLayouts(classes);
}

/** Without a look at what readers take. */
export function encodeLayouts(classes: readonly (readonly LiveFieldSpec[])[]): Uint8Array {
  const names = classes.map((specs) => specs.map(({ name }) => new TextEncoder().encode(name)));
  const nameBytes = names.flat().reduce((sum, { length }) => sum + length, 0);
  const bytes = new Uint8Array(5 + classes.length * 5 + classes.flat().length * (2 + 5 + 3 * 8) + nameBytes);
  const view = new DataView(bytes.buffer);
  let offset = writeVarint(bytes, 0, classes.length);
  classes.forEach((specs, i) => {
    offset = writeVarint(bytes, offset, specs.length);
    specs.forEach((spec, j) => {
      const { code, numbers } = KINDS[spec.kind];
      const name = names[i]![j]!;
      bytes[offset++] = code;
      bytes[offset++] = spec.index;
      offset = writeVarint(bytes, offset, name.length);
      bytes.set(name, offset);
      offset += name.length;
      for (const number of numbers) {
        view.setFloat64(offset, (spec as unknown as Record<string, number>)[number]!);
        offset += 8;
      }
    });
  });
  return bytes.slice(0, offset);
}

/** @throws {WireError} `truncated`, `bad-text`, `bad-state` */
export function readLayouts(cursor: Cursor): LiveFieldSpec[][] {
  let room = MOST_STREAM_FIELDS;
  return readMany(cursor, MOST_CLASSES, () => {
    const specs = readMany(cursor, Math.min(MOST_FIELDS, room), () => readSpec(cursor));
    room -= specs.length;
    // No class of a game declares such fields, and all that follows trusts them.
    if (!specs.every(isDeclarable) || !fitTogether(specs)) {
      throw refused('bad-state', cursor.offset, 'live fields that no class has');
    }
    return specs;
  });
}

const isWithin = (value: number, least: number, greatest: number): boolean => value >= least && value <= greatest;

function isDeclarable(spec: LiveFieldSpec): boolean {
  switch (spec.kind) {
    case 'fixed':
      return isWithin(spec.precision, MIN_PRECISION, MAX_PRECISION) && isSpan(spec.min, spec.max);
    case 'int':
      return isSpan(spec.min, spec.max);
    case 'angle':
      return (
        Number.isInteger(spec.steps) &&
        isWithin(spec.steps, 2, MAX_QUANTA) &&
        isWithin(spec.turn, MIN_PRECISION, MAX_PRECISION)
      );
    case 'flag':
      return true;
    case 'quaternion':
      return isWithin(spec.precision, MIN_QUATERNION_PRECISION, MAX_QUATERNION_PRECISION);
  }
}

function isSpan(min: number, max: number): boolean {
  const far = Math.max(Math.abs(min), Math.abs(max), max - min);
  return Number.isInteger(min) && Number.isInteger(max) && min < max && far <= MAX_QUANTA;
}

/** Indexes rise, and a quaternion is a class of its own. */
function fitTogether(specs: readonly LiveFieldSpec[]): boolean {
  return specs.every(({ kind, index }, i) => {
    if (kind === 'quaternion') return specs.length === 1 && index + QUATERNION_COMPONENTS <= MOST_FIELDS;
    return index < MOST_FIELDS && (i === 0 || index > specs[i - 1]!.index);
  });
}

function readMany<T>(cursor: Cursor, most: number, read: () => T): T[] {
  const count = readVarint(cursor);
  if (count > most) throw refused('bad-state', cursor.offset, `${count} live classes or fields`);
  return Array.from({ length: count }, read);
}

function readSpec(cursor: Cursor): LiveFieldSpec {
  const [code, index] = take(cursor, 2);
  const kind = NAMES[code!];
  if (kind === undefined) throw refused('bad-state', cursor.offset, `live field of kind ${code}`);
  const name = readName(take(cursor, readVarint(cursor)), cursor.offset);
  const spec: Record<string, unknown> = { kind, index, name };
  for (const number of KINDS[kind].numbers) {
    const bytes = take(cursor, 8);
    const value = new DataView(bytes.buffer, bytes.byteOffset, 8).getFloat64(0);
    if (!Number.isFinite(value)) throw refused('bad-state', cursor.offset, `${number} of ${value}`);
    spec[number] = value;
  }
  return spec as unknown as LiveFieldSpec;
}

function readName(bytes: Uint8Array, offset: number): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw refused('bad-text', offset, 'the name of a live field');
  }
}

function take(cursor: Cursor, count: number): Uint8Array {
  const end = cursor.offset + count;
  if (end > cursor.bytes.length) throw refused('truncated', cursor.bytes.length, `layout up to byte ${end}`);
  const bytes = cursor.bytes.subarray(cursor.offset, end);
  cursor.offset = end;
  return bytes;
}

/** With the byte as in a frame of its own: PROTOCOL.md F7. */
function refused(code: WireErrorCode, offset: number, detail: string): WireError {
  return new WireError(code, FRAME_HEADER_BYTES + offset, detail);
}
