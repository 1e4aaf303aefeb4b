import { type ArchiveReader, type ArchiveWriter, badBytes, Head, type ReadValue } from './archive-bytes.ts';
import { ArchiveError } from './archive-error.ts';
import { countOn } from './grid.ts';
import type { StoredClass, StoredField } from './state-shape.ts';

/** Fields that one mask is for. */
export const MASK_BITS = 32;

/**
 * Fields of an instance: a mask of those that follow (two for a class of more than 32 fields), then their values.
 * @param values all of them: of a field that refers to something, its id
 * @param isWritten of each field, whether it follows
 * @param before what the reader knows
 */
export function writeFields(
  out: ArchiveWriter,
  klass: StoredClass,
  values: readonly unknown[],
  before: readonly unknown[],
  low: number,
  high: number,
): void {
  out.mask(low);
  if (klass.fields.length > MASK_BITS) out.mask(high);
  for (let i = 0; i < klass.fields.length; i++) {
    if (hasBit(low, high, i)) writeField(out, klass, klass.fields[i]!, values[i], before[i]);
  }
}

export const hasBit = (low: number, high: number, i: number): boolean =>
  i < MASK_BITS ? (low & (1 << i)) !== 0 : (high & (1 << (i - MASK_BITS))) !== 0;

/** Of field `i` in its mask. */
export const maskBit = (i: number): number => 1 << (i % MASK_BITS);

export function writeField(
  out: ArchiveWriter,
  klass: StoredClass,
  field: StoredField,
  now: unknown,
  before: unknown,
): void {
  if (field.kind !== 'value' && typeof now === 'number') return out.ref(now);
  const { grid } = field;
  if (grid !== undefined && typeof now === 'number') {
    const count = countOn(grid, now);
    if (count === undefined) out.double(now);
    else out.whole(count - (countOn(grid, before) ?? 0));
    return;
  }
  const isKept = now === undefined || now === null || (field.kind === 'value' && isOfType(now, field.of));
  if (isKept && out.value(now)) return;
  throw new ArchiveError('unsupported', `${klass.name}.${field.name} holds what no field holds: a ${typeof now}`);
}

/**
 * @param fieldCount of the class when it was written; it may have more now
 * @param values gets what {@link writeFields} had
 */
export function readFields(from: ArchiveReader, klass: StoredClass, fieldCount: number, values: ReadValue[]): void {
  const low = from.mask();
  const high = fieldCount > MASK_BITS ? from.mask() : 0;
  for (let i = 0; i < 2 * MASK_BITS; i++) {
    if (!hasBit(low, high, i)) continue;
    if (i >= fieldCount) throw badBytes(`a field that ${klass.name} has not`);
    values[i] = readField(from, klass.fields[i]!, values[i]);
  }
}

function readField(from: ArchiveReader, { kind, of, grid }: StoredField, before: ReadValue): ReadValue {
  if (grid !== undefined) {
    const read = from.value(countOn(grid, before) ?? 0);
    const value = from.head >= Head.Whole ? grid.fromCount(read as number) : plain(from, read);
    if (typeof value !== 'number' ? !isNothing(value) : !grid.isLoose && countOn(grid, value) === undefined) {
      throw badBytes('a number out of its range');
    }
    return value;
  }
  const value = from.value();
  if (kind === 'value') {
    if (!isNothing(value) && !isOfType(value, of)) throw badBytes(`a ${typeof value} for a ${of}`);
    return plain(from, value);
  }
  if (!isNothing(value) && from.head !== Head.Ref) throw badBytes('a reference that is none');
  return value;
}

const isNothing = (value: ReadValue): boolean => value === undefined || value === null;

/** As Schema's setters have it, which let anything be a boolean. */
export function isOfType(value: unknown, type: string | number): boolean {
  if (type === 'boolean' || type === 'flag()') return true;
  const expected = type === 'string' ? 'string' : String(type).startsWith('big') ? 'bigint' : 'number';
  return typeof value === expected;
}

function plain({ head }: ArchiveReader, value: ReadValue): ReadValue {
  if (head === Head.Ref) throw badBytes('a reference where a value belongs');
  return value;
}
