import { schema, t } from '@colyseus/schema';
import { describe, expect, it } from '@jest/globals';
import { makeInputCopiesCheap } from './input-snapshot.ts';
import { LiveRoom } from './live-room.ts';

const fields = () => ({ x: t.number(), turn: t.int8(), fire: t.boolean(), say: t.string() });

describe('a copy of an input', () => {
  it('reads as Schema’s own does', () => {
    const [Ours, Stock] = [schema(fields(), 'OursInput'), schema(fields(), 'StockInput')];
    expect(makeInputCopiesCheap(Ours as never)).toBe(true);
    const values = { x: -1.5, turn: -1, fire: true, say: 'hi' };
    const [ours, stock] = [new Ours().assign(values).clone(), new Stock().assign(values).clone()];
    for (const name of Object.keys(values) as (keyof typeof values)[]) expect(ours[name]).toBe(stock[name]);
    expect(ours.toJSON()).toEqual(stock.toJSON());
    expect(ours).toBeInstanceOf(Ours);
    expect(ours.constructor).toBe(Ours);
    expect(new Ours().clone().x).toBe(new Stock().clone().x);
  });

  it('is its own: neither follows the other', () => {
    const Input = schema(fields(), 'Input');
    makeInputCopiesCheap(Input as never);
    const input = new Input().assign({ turn: 1 });
    const copy = input.clone();
    input.turn = -1;
    expect(copy.turn).toBe(1);
    copy.turn = 0;
    expect([input.turn, copy.turn, copy.clone().turn]).toEqual([-1, 0, 0]);
  });

  it('tracks no changes, which is what makes it cheap', () => {
    const [Ours, Stock] = [schema(fields(), 'Ours'), schema(fields(), 'Stock')];
    makeInputCopiesCheap(Ours as never);
    const symbols = (input: object): number => Reflect.ownKeys(input).filter((key) => typeof key === 'symbol').length;
    const own = (input: object): number => Reflect.ownKeys(input).length;
    expect(own(new Ours().clone())).toBe(4);
    expect(symbols(new Ours().clone())).toBe(0);
    expect(own(new Stock().clone())).toBeGreaterThan(0);
    expect(Object.getPrototypeOf(new Stock().clone())).toBe(Stock.prototype);
  });

  it('inherited fields included', () => {
    const Input = schema({ x: t.number() }, 'Base').extend({ y: t.number() }, 'Child');
    expect(makeInputCopiesCheap(Input as never)).toBe(true);
    expect(new Input().assign({ x: 1, y: 2 }).clone().toJSON()).toEqual({ x: 1, y: 2 });
  });

  it('stays Schema’s where a field is more than a value, or the class has a copy of its own', () => {
    const Point = schema({ x: t.number() }, 'Point');
    expect(makeInputCopiesCheap(schema({ at: Point }, 'Nested') as never)).toBe(false);
    expect(makeInputCopiesCheap(schema({ q: t.quantized({ min: 0, max: 1, bits: 8 }) }, 'Quantised') as never)).toBe(
      false,
    );
    class Own extends schema({ x: t.number() }, 'OwnBase') {
      override clone(): this {
        return this;
      }
    }
    expect(makeInputCopiesCheap(Own as never)).toBe(false);
  });

  it('is a cheap one in every LiveRoom', () => {
    const Input = schema(fields(), 'RoomInput');
    class InputRoom extends LiveRoom {
      override inputs = this.defineInput(Input);
    }
    expect(new InputRoom().inputs.subSteps).toBe(1);
    expect(Object.getPrototypeOf(new Input().clone())).not.toBe(Input.prototype);
  });
});
