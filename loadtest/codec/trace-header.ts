import { TraceError } from './trace-error.ts';
import { columnsOf, FIELD_KINDS, type FieldKind, type Trace, type TraceField } from './trace.ts';

export type TraceHeader = Omit<Trace, 'values'>;

const MAX_NAME_LENGTH = 100;
const MAX_HZ = 1_000;
const MAX_FRAMES = 10_000_000;
const MAX_ENTITIES = 65_535;
/** Colyseus Schema's limit for the fields of one structure. */
export const MAX_COLUMNS = 63;

/** @throws {TraceError} `bad-header`, with the key that is wrong */
export function readTraceHeader(line: string): TraceHeader {
  let json: unknown;
  try {
    json = JSON.parse(line);
  } catch (cause) {
    throw new TraceError('bad-header', 'the first line is not JSON', { cause });
  }
  const header = record(json, 'the header');
  const fields = readFields(header.fields);
  return {
    name: readName(header.name, 'name'),
    hz: number(header.hz, 'hz', (hz) => hz > 0 && hz <= MAX_HZ, `above 0, at most ${MAX_HZ}`),
    // The first frame is the full state and counts for nothing.
    frames: integer(header.frames, 'frames', 2, MAX_FRAMES),
    entities: integer(header.entities, 'entities', 1, MAX_ENTITIES),
    fields,
  };
}

function readFields(json: unknown): TraceField[] {
  if (!Array.isArray(json) || json.length === 0) throw bad('fields', 'a list of at least one field');
  const fields = json.map((field, i) => readField(field, `fields[${i}]`));
  if (columnsOf(fields).length > MAX_COLUMNS) throw bad('fields', `at most ${MAX_COLUMNS} numbers an entity`);
  if (new Set(fields.map(({ name }) => name)).size < fields.length) throw bad('fields', 'of different names');
  return fields;
}

function readField(json: unknown, key: string): TraceField {
  const field = record(json, key);
  const name = readName(field.name, `${key}.name`);
  const kind = FIELD_KINDS.find((known) => known === field.kind) satisfies FieldKind | undefined;
  if (kind === undefined) throw bad(`${key}.kind`, `one of ${FIELD_KINDS.join(', ')}`);
  if (kind === 'uint') return { name, kind, precision: 1 };
  const precision = positive(field.precision, `${key}.precision`);
  if (kind !== 'angle' || field.turn === undefined) return { name, kind, precision };
  return { name, kind, precision, turn: positive(field.turn, `${key}.turn`) };
}

function record(json: unknown, key: string): Record<string, unknown> {
  if (typeof json !== 'object' || json === null || Array.isArray(json)) throw bad(key, 'an object');
  return json as Record<string, unknown>;
}

function readName(json: unknown, key: string): string {
  // No control characters: names end up on a terminal.
  if (typeof json === 'string' && json.length <= MAX_NAME_LENGTH && /^\P{C}+$/u.test(json)) return json;
  throw bad(key, `a name of 1 to ${MAX_NAME_LENGTH} characters`);
}

function integer(json: unknown, key: string, least: number, most: number): number {
  const fits = (value: number) => Number.isInteger(value) && value >= least && value <= most;
  return number(json, key, fits, `an integer from ${least} to ${most}`);
}

function positive(json: unknown, key: string): number {
  return number(json, key, (value) => value > 0 && Number.isFinite(value), 'above 0');
}

function number(json: unknown, key: string, fits: (value: number) => boolean, wanted: string): number {
  if (typeof json !== 'number' || !fits(json)) throw bad(key, wanted);
  return json;
}

function bad(key: string, wanted: string): TraceError {
  return new TraceError('bad-header', `${key} must be ${wanted}`);
}
