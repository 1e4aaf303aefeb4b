import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { rendezvousOrder } from './rendezvous.ts';

const ROOMS = Array.from({ length: 2_000 }, (_, i) => `room-${i}`);
const candidates = fc
  .uniqueArray(fc.record({ key: fc.string({ minLength: 1 }), weight: fc.integer({ min: 1, max: 100 }) }), {
    selector: ({ key }) => key,
    minLength: 1,
    maxLength: 8,
  })
  .filter((all) => all.length > 0);

/** How many rooms have each candidate as their first. */
function firsts(weights: Record<string, number>): Record<string, number> {
  const all = Object.entries(weights).map(([key, weight]) => ({ key, weight }));
  const counts = Object.fromEntries(all.map(({ key }) => [key, 0]));
  for (const room of ROOMS) counts[rendezvousOrder(room, all)[0]!]!++;
  return counts;
}

describe('rendezvousOrder', () => {
  it('is the same whatever order the candidates come in', () => {
    fc.assert(
      fc.property(fc.string(), candidates, (room, all) => {
        const order = rendezvousOrder(room, all);
        expect(order.toSorted()).toEqual(all.map(({ key }) => key).toSorted());
        expect(rendezvousOrder(room, all.toReversed())).toEqual(order);
      }),
    );
  });

  it('leaves the others where they are when one goes', () => {
    fc.assert(
      fc.property(fc.string(), candidates, fc.nat(), (room, all, which) => {
        const gone = all[which % all.length]!.key;
        const left = all.filter(({ key }) => key !== gone);
        expect(rendezvousOrder(room, left)).toEqual(rendezvousOrder(room, all).filter((key) => key !== gone));
      }),
    );
  });

  it.each([[{ a: 50, b: 50, c: 50 }], [{ a: 100, b: 50, c: 10 }], [{ a: 1, b: 99 }]])(
    'spreads rooms as the weights %j',
    (weights: Record<string, number>) => {
      const total = Object.values(weights).reduce((sum, weight) => sum + weight);
      for (const [key, count] of Object.entries(firsts(weights))) {
        const share = weights[key]! / total;
        const deviation = Math.sqrt(ROOMS.length * share * (1 - share));
        expect(Math.abs(count - ROOMS.length * share)).toBeLessThan(5 * deviation);
      }
    },
  );
});
