import { Metadata, schema, t } from '@colyseus/schema';
import { describe, expect, it } from '@jest/globals';
import { withOwnCode } from './own-code.ts';
import { giveOwnGetters } from './own-getters.ts';

const makeAdder = (by: number) => (to: number) => to + by;
const outside = 3;
const makeBound = () => () => outside;

describe('code of its own', () => {
  it('does what the factory’s does, and is not the factory’s', () => {
    const adder = withOwnCode(makeAdder)(2);
    expect(adder(40)).toBe(42);
    expect(withOwnCode(makeAdder)).not.toBe(makeAdder);
    expect(withOwnCode(makeAdder)).not.toBe(withOwnCode(makeAdder));
  });

  it('sees nothing but what it is given', () => {
    expect(makeBound()()).toBe(3);
    expect(() => withOwnCode(makeBound)()()).toThrow(ReferenceError);
  });
});

describe('getters of a class', () => {
  const Parent = schema({ name: t.string().default('a'), x: t.number().default(1) }, 'OwnParent');
  const Child = Parent.extend({ y: t.number().default(2) }, 'OwnChild');
  giveOwnGetters(Parent);
  giveOwnGetters(Child);
  const getterOf = (klass: typeof Parent, name: string) =>
    Object.getOwnPropertyDescriptor(klass.prototype as object, name)?.get;

  it('read what was assigned, of the class and of one that extends it', () => {
    const [parent, child] = [new Parent(), new Child()];
    child.name = 'b';
    child.y = 5;
    expect([parent.name, parent.x, child.name, child.x, child.y]).toEqual(['a', 1, 'b', 1, 5]);
    expect(child.toJSON()).toEqual({ name: 'b', x: 1, y: 5 });
  });

  it('are each another function, and an inherited field keeps its parent’s', () => {
    expect(getterOf(Parent, 'x')).toBeDefined();
    expect(getterOf(Parent, 'x')).not.toBe(getterOf(Parent, 'name'));
    expect(getterOf(Child as unknown as typeof Parent, 'x')).toBeUndefined();
  });

  it('go on throwing where a field is deprecated', () => {
    const Old = schema({ x: t.number(), gone: t.number().deprecated() }, 'OwnOld');
    giveOwnGetters(Old as never);
    expect(Metadata.getFields(Old as never)).toHaveProperty('gone');
    expect(() => (new Old() as unknown as { gone: unknown }).gone).toThrow('gone is deprecated.');
  });
});
