import { ArchiveError } from './archive-error.ts';
import { badBytes } from './archive-bytes.ts';
import { type ClassShape, type FieldShape, KINDS, type StateShape } from './state-shape.ts';

/** More than Schema gives a class. */
const MOST_FIELDS = 64;

type FieldRow = [name: string, kind: number, of: string | number];
type ClassRow = [name: string, parent: number, fields: FieldRow[]];

const utf8 = new TextDecoder('utf-8', { fatal: true });

/**
 * The fingerprint of a state: its classes with their fields, and what is declared of each that a stored value depends on. As
 * JSON, a row a class; what says only how a field is sent (a view's tag, for one) is not in it.
 */
export function writeShape({ classes }: StateShape): Uint8Array {
  const rows: ClassRow[] = classes.map(({ name, parent, fields }) => [
    name,
    parent,
    fields.map((field) => [field.name, KINDS.indexOf(field.kind), field.of]),
  ]);
  return Buffer.from(JSON.stringify(rows), 'utf8');
}

/** @throws {ArchiveError} `bad-bytes` */
export function readShape(bytes: Uint8Array): ClassShape[] {
  const rows: unknown = parse(bytes);
  if (!Array.isArray(rows) || rows.length === 0) throw badBytes('no classes');
  return rows.map((row: unknown) => {
    if (!Array.isArray(row) || row.length !== 3) throw badBytes('a class');
    const [name, parent, fields] = row as unknown[];
    if (typeof name !== 'string' || !isIndex(parent, rows.length, -1)) throw badBytes('a class');
    if (!Array.isArray(fields) || fields.length > MOST_FIELDS) throw badBytes(`the fields of ${name}`);
    return { name, parent, fields: fields.map((field) => readField(field, rows.length)) };
  });
}

function readField(row: unknown, classCount: number): FieldShape {
  if (!Array.isArray(row) || row.length !== 3) throw badBytes('a field');
  const [name, kind, of] = row as unknown[];
  if (typeof name !== 'string' || !isIndex(kind, KINDS.length)) throw badBytes('a field');
  if (typeof of !== 'string' && !isIndex(of, classCount)) throw badBytes(`the type of ${name}`);
  return { name, kind: KINDS[kind]!, of };
}

function parse(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(utf8.decode(bytes));
  } catch (cause) {
    throw new ArchiveError('bad-bytes', 'not the shape of a state', { cause });
  }
}

const isIndex = (value: unknown, end: number, least = 0): value is number =>
  Number.isInteger(value) && (value as number) >= least && (value as number) < end;
