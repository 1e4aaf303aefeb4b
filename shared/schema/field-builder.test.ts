import { FieldBuilder, schema, t } from '@colyseus/schema';
import { describe, expect, it } from '@jest/globals';
import { holds, useFleet } from '../../test/support/schema-fleet.ts';
import { definitionOf, refuseInSchema } from './field-builder.ts';

useFleet();

describe('what velarium relies on in builders', () => {
  it('definitionOf and refuseInSchema: schema() asks a builder by toDefinition()', () => {
    const builder = t.uint8().default(3).view(4);
    const { type, hasDefault, default: initial, view } = definitionOf(builder);
    holds('toDefinition() says what was declared', type === 'uint8' && hasDefault && initial === 3 && view === 4);
    const plain = definitionOf(t.float32());
    const set = Object.entries(plain).filter(([, value]) => value !== undefined && value !== false);
    holds(
      'what is not declared is false or undefined in it, but for deprecatedThrows',
      set.map(([key]) => key).join() === 'type,deprecatedThrows',
    );
    refuseInSchema(builder, 'not here');
    expect(() => schema({ builder })).toThrow('not here');
    holds('the definition can still be had', definitionOf(builder).hasDefault);
    const made = schema({ a: new FieldBuilder('uint8').default(7) }, 'MadeByHand');
    holds('a FieldBuilder made by hand is a field', (new made() as unknown as { a: number }).a === 7);
  });
});
