import { type Schema, TypeContext } from '@colyseus/schema';
import { liveLayoutOf } from '../../shared/live/live-layout.ts';
import type { LiveFieldSpec } from '../../shared/live/live-field-spec.ts';
import type { LiveField } from '../../shared/live/live-field.ts';
import { ArchiveError } from './archive-error.ts';
import { type CountedFields, countedFields } from './counted-fields.ts';
import { type Grid, gridOf } from './grid.ts';
import { type SchemaClass, typesOfFields } from './schema-storage.ts';

/** What a field holds: a value, an instance of a class, or a collection. */
export const KINDS = ['value', 'ref', 'map', 'array', 'set', 'collection'] as const;
export type FieldKind = (typeof KINDS)[number];

/** A field as it is compared: a class is an index into the classes of the shape. */
export interface FieldShape {
  readonly name: string;
  readonly kind: FieldKind;
  /** Of what type the value or the elements are. */
  readonly of: string | number;
}

export interface ClassShape {
  readonly name: string;
  /** The class that it extends; -1 where that is Schema itself. */
  readonly parent: number;
  readonly fields: readonly FieldShape[];
}

/** A field with what it takes to store it. */
export interface StoredField extends FieldShape {
  /** Of a number that has one. */
  readonly grid: Grid | undefined;
}

export interface StoredClass extends ClassShape {
  readonly klass: SchemaClass;
  readonly index: number;
  readonly fields: readonly StoredField[];
  /** By field: whether it refers to an instance or a collection. */
  readonly isRef: readonly boolean[];
  /** By field: whether it is a live flag. */
  readonly isFlag: readonly boolean[];
  /** Undefined for a class whose values are compared one by one. */
  readonly counted: CountedFields | undefined;
}

/** Of which classes a state is: the first is its own. */
export class StateShape {
  readonly classes: readonly StoredClass[];
  readonly #indexes = new Map<object, number>();

  private constructor(klass: SchemaClass) {
    const classes = [...TypeContext.cache(klass as unknown as typeof Schema).schemas.keys()] as SchemaClass[];
    classes.forEach((each, index) => this.#indexes.set(each, index));
    this.classes = classes.map((each, index) => {
      const parent = this.indexOf(Object.getPrototypeOf(each) as object) ?? -1;
      const fields = this.#fieldsOf(each);
      const isRef = fields.map(({ kind }) => kind !== 'value');
      const layout = liveLayoutOf(each);
      const isFlag = fields.map((_, i) => layout?.byIndex[i]?.kind === 'flag');
      const counted = layout && countedFields(layout, fields.length);
      return { klass: each, index, name: each.name, parent, fields, isRef, isFlag, counted };
    });
  }

  static readonly #known = new WeakMap<object, StateShape>();

  /** @throws {ArchiveError} `unsupported`, for a state with streams or with types that an application made itself */
  static of(klass: SchemaClass): StateShape {
    let shape = this.#known.get(klass);
    if (shape === undefined) this.#known.set(klass, (shape = new StateShape(klass)));
    return shape;
  }

  indexOf(klass: object): number | undefined {
    return this.#indexes.get(klass);
  }

  /** Whether instances of one class may stand where the other is declared. */
  isA(index: number, declared: number): boolean {
    for (let at = index; at >= 0; at = this.classes[at]!.parent) if (at === declared) return true;
    return false;
  }

  #fieldsOf(klass: SchemaClass): StoredField[] {
    const layout = liveLayoutOf(klass);
    return typesOfFields(klass).map(({ name, type, isStream }, index) => {
      const where = `${klass.name}.${name}`;
      if (isStream) throw unsupported(`${where} is a stream: which client was sent what of it cannot be kept`);
      const live = layout?.byIndex[index];
      if (live !== undefined) return { name, kind: 'value', of: liveType(live), grid: gridOf(live) };
      const [kind, element] = kindOf(where, type);
      return { name, kind, of: this.#typeOf(where, element), grid: undefined };
    });
  }

  #typeOf(where: string, type: unknown): string | number {
    if (typeof type === 'function') {
      const index = this.indexOf(type);
      if (index !== undefined) return index;
    } else if (typeof type === 'string') {
      if (TYPES.has(type)) return type;
    } else if (isQuantized(type)) {
      const { min, max, bits, wire, mode } = type.quantized;
      return `quantized(${[min, max, bits, wire, mode].join()})`;
    }
    throw unsupported(`${where} is of a type that is no class and none of Schema's own`);
  }
}

const TYPES = new Set(
  'string number boolean int8 uint8 int16 uint16 int32 uint32 int64 uint64 float32 float64 bigint64 biguint64'.split(
    ' ',
  ),
);

interface Quantized {
  readonly quantized: Record<'min' | 'max' | 'bits' | 'wire' | 'mode', number | string | undefined>;
}

const isQuantized = (type: unknown): type is Quantized =>
  typeof type === 'object' && type !== null && 'quantized' in type;

function kindOf(where: string, type: unknown): [kind: FieldKind, element: unknown] {
  if (typeof type === 'string' || isQuantized(type)) return ['value', type];
  if (typeof type === 'function') return ['ref', type];
  const [name, element] = Object.entries(type as object)[0] ?? [];
  const kind = KINDS.find((each) => each === name);
  if (kind === undefined || kind === 'value' || kind === 'ref') throw unsupported(`${where} is a ${name}`);
  return [kind, element];
}

/** As it is written in a class, with counts of the precision for the limits. */
function liveType({ spec }: LiveField): string {
  const { kind, index: _index, name: _name, ...numbers } = spec satisfies LiveFieldSpec;
  return `${kind}(${Object.values(numbers).join()})`;
}

const unsupported = (message: string): ArchiveError => new ArchiveError('unsupported', message);
