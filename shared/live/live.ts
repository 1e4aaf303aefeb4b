import { type BuilderDefinition, FieldBuilder, schema } from '@colyseus/schema';
import { type Declared, declaredBy, NESTED } from './live-builder.ts';
import { type LiveScalar, scalarField } from './live-field.ts';
import type { ScalarDeclaration } from './live-field-spec.ts';
import { liveLayoutOf } from './live-layout.ts';
import { makeLive } from './make-live.ts';
import { indexOfField, type SchemaClass } from '../schema/declared-class.ts';
import { definitionOf } from '../schema/field-builder.ts';
import { giveOwnGetters } from './own-getters.ts';
import { schemaTypeOf } from './schema-type.ts';
import { snapFlag, snapNumber } from './snap-field.ts';

export { angle, fixed, flag, int, quaternion, uint } from './live-builder.ts';
export { canonicalize, type Quaternion, quaternionClass } from './quaternion-class.ts';

type Fields = Record<string, unknown>;
type Untyped = (fields: Fields, name: string | undefined, inherits: SchemaClass | undefined) => SchemaClass;

/**
 * `schema()` with live fields: numbers, angles, flags and rotations that change every tick. A live field always holds
 * what the wire carries: assigning rounds to its precision and limits, so server, clients and predictions compute with the
 * same doubles. In every other way the class is an ordinary Schema class, and clients that speak plain Colyseus get its
 * live fields as Schema fields.
 *
 * A live field is seen with its entity: it takes `.default()` and no other modifier. Live and other fields may stand in
 * any order; `.extend()` takes live fields too.
 *
 * @throws {TypeError} a modifier that a live field does not take
 * @example
 * const Ship = live({ name: t.string(), x: fixed(0.01), heading: angle(4096), hull: uint(100).default(100) }, 'Ship');
 * type Ship = InstanceType<typeof Ship>;
 */
export const live = liveClass as unknown as typeof schema;

function liveClass(fieldsAndMethods: Fields, name?: string, inherits?: SchemaClass): SchemaClass {
  const declarations = new Map<string, ScalarDeclaration>();
  const ordinary: Fields = {};
  for (const [field, value] of Object.entries(fieldsAndMethods)) {
    const declared = declaredBy(value);
    if (declared === undefined) {
      ordinary[field] = value;
      continue;
    }
    const definition = definitionOf(value as FieldBuilder);
    refuseModifiers(definition, `live(${name === undefined ? '' : `'${name}'`}): '${field}' is ${declared.maker}()`);
    ordinary[field] = schemaField(definition, declared);
    if (declared.declaration !== NESTED) declarations.set(field, declared.declaration);
  }
  const klass = (schema as unknown as Untyped)(ordinary, name, inherits);
  giveOwnGetters(klass);
  const fields: LiveScalar[] = [];
  for (const [field, declaration] of declarations) {
    fields.push(scalarField({ ...declaration, name: field, index: indexOfField(klass, field) }));
  }
  const inherited = liveLayoutOf(Object.getPrototypeOf(klass) as object)?.fields.length ?? 0;
  fields.forEach((field, i) => {
    if (field.kind === 'flag') snapFlag(klass, field, inherited + i);
    else snapNumber(klass, field, inherited + i);
  });
  makeLive(klass, fields);
  Object.assign(klass, { extend: (more: Fields, childName?: string) => liveClass(more, childName, klass) });
  return klass;
}

function refuseModifiers(definition: BuilderDefinition, what: string): void {
  const {
    type: _type,
    default: _default,
    hasDefault: _hasDefault,
    deprecatedThrows: _detail,
    ...modifiers
  } = definition;
  for (const [modifier, value] of Object.entries(modifiers)) {
    if (value === undefined || value === false) continue;
    const method = modifier === 'streamPriority' ? 'priority' : modifier;
    throw new TypeError(`${what}, which takes no .${method}(): it is sent every tick, to all who see its entity`);
  }
}

/** The ordinary field that carries a live one. */
function schemaField(definition: BuilderDefinition, { declaration }: Declared): FieldBuilder {
  if (declaration === NESTED) {
    const reference = new FieldBuilder(definition.type);
    return definition.hasDefault ? reference.default(definition.default) : reference;
  }
  const field = scalarField({ ...declaration, name: '', index: 0 });
  const initial: unknown = definition.hasDefault ? definition.default : field.fromQuanta(field.toQuanta(0));
  return new FieldBuilder(schemaTypeOf(declaration)).default(initial);
}
