import { expect, it } from '@jest/globals';
import { Gate } from './gate.ts';

it('lets so many through at once, in order, whether their work succeeds or not', async () => {
  const gate = new Gate(3);
  const begun: number[] = [];
  let inside = 0;
  let most = 0;
  const passages = Array.from({ length: 20 }, (_, i) =>
    gate.pass(async () => {
      begun.push(i);
      most = Math.max(most, ++inside);
      await new Promise((resolve) => setImmediate(resolve));
      inside--;
      if (i % 4 === 0) throw new Error(`${i}`);
      return i;
    }),
  );
  const results = await Promise.allSettled(passages);
  expect(results.map(({ status }) => status)).toEqual(begun.map((i) => (i % 4 === 0 ? 'rejected' : 'fulfilled')));
  expect(begun).toEqual(Array.from({ length: 20 }, (_, i) => i));
  expect([most, inside]).toEqual([3, 0]);
  expect(await gate.pass(() => Promise.resolve('again'))).toBe('again');
});
