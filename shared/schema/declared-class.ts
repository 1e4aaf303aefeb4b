import type { Schema } from '@colyseus/schema';

/** What schema() and live() return, whatever the fields. */
export interface SchemaClass {
  readonly prototype: object;
}

interface FieldMetadata {
  name: string;
  type: unknown;
  unreliable?: boolean;
}
type ClassMetadata = Record<number, FieldMetadata> & Record<string, unknown>;

const UNRELIABLE_INDEXES = '~__unreliableFieldIndexes';
const STREAM_INDEXES = '~__streamFieldIndexes';

/** What a class has beside what its type says. */
export const internalsOf = (klass: SchemaClass): typeof Schema => klass as unknown as typeof Schema;

const metadataOf = (klass: SchemaClass): ClassMetadata =>
  internalsOf(klass)[Symbol.metadata] as unknown as ClassMetadata;

/** The index by which Schema knows a field: the lower bits of its operation byte, and its place in `valuesOf`. */
export function indexOfField(klass: SchemaClass, name: string): number {
  return metadataOf(klass)[name] as number;
}

/** A field as a class declares it. */
export interface DeclaredField {
  readonly name: string;
  readonly index: number;
  /** The class that it refers to, or that its elements are of. */
  readonly holds: SchemaClass | undefined;
  readonly isUnreliable: boolean;
  /** Whether its elements are sent a few at a time: `t.stream()`, or a collection with `.stream()`. */
  readonly isStream: boolean;
}

export function declaredFields(klass: SchemaClass): DeclaredField[] {
  const metadata = metadataOf(klass) as ClassMetadata | undefined;
  if (metadata === undefined) return [];
  const streams = (metadata[STREAM_INDEXES] ?? []) as number[];
  return Object.keys(metadata)
    .map(Number)
    .map((index) => {
      const { name, type, unreliable = false } = metadata[index]!;
      const element: unknown = typeof type === 'object' ? Object.values(type as object)[0] : type;
      const holds = typeof element === 'function' ? (element as unknown as SchemaClass) : undefined;
      return { name, index, holds, isUnreliable: unreliable, isStream: streams.includes(index) };
    });
}

/**
 * Makes a field unreliable as `.unreliable()` would: no state patch carries its changes, which queue up instead until
 * `encoder.discardUnreliableChanges()`. Directly, because what asks for it is a class that exists already. Must run before
 * the first instance: the first one fixes what the class's encoder knows.
 */
export function markUnreliable(klass: SchemaClass, index: number): void {
  const metadata = metadataOf(klass);
  // A child's own copy of its parent's list was made with the child's metadata; creating it here is for the first field.
  if (metadata[UNRELIABLE_INDEXES] === undefined) {
    Object.defineProperty(metadata, UNRELIABLE_INDEXES, {
      value: [],
      enumerable: false,
      configurable: true,
      writable: true,
    });
  }
  metadata[index]!.unreliable = true;
  (metadata[UNRELIABLE_INDEXES] as number[]).push(index);
}
