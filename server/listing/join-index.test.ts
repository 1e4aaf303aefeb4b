import type { SortOptions } from '@colyseus/core';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { roomRow } from './driver-contract.ts';
import { bucketFor, fileRoom, MAX_FILED_FIELDS } from './join-index.ts';
import { sortRows } from './room-row.ts';

const rules = (filterBy: string[], sortBy?: SortOptions) => ({ filterBy, sortBy });
const join = (criteria: object) => ({ name: 'arena', locked: false, private: false, ...criteria });

describe('what a room is filed under', () => {
  it('is each choice of the fields that a join may give', () => {
    const row = roomRow('r1', { metadata: { mode: 'duel', map: 'moon' } });
    expect(fileRoom(row, rules(['mode', 'map'])).buckets).toEqual([
      '["arena"]',
      '["arena",["map","moon"]]',
      '["arena",["mode","duel"]]',
      '["arena",["map","moon"],["mode","duel"]]',
    ]);
    expect(fileRoom(roomRow('r1', { metadata: { mode: 'duel' } }), rules(['mode', 'map'])).buckets).toHaveLength(2);
  });

  it('has a bound, and what is past it is left to be looked at', () => {
    const fields = ['a', 'b', 'c', 'd', 'e', 'f'];
    const values = Object.fromEntries(fields.map((field) => [field, 1]));
    expect(fileRoom(roomRow('r1', { metadata: values }), rules(fields)).buckets).toHaveLength(2 ** MAX_FILED_FIELDS);
    expect(bucketFor(join(values), rules(fields))).toEqual({
      bucket: '["arena",["a",1],["b",1],["c",1],["d",1]]',
      rest: { e: 1, f: 1 },
    });
  });

  it('is nothing for a room that cannot be joined', () => {
    for (const fields of [{ locked: true }, { private: true }, { clients: 8 }]) {
      expect(fileRoom(roomRow('r1', fields), rules([])).buckets).toEqual([]);
    }
  });

  it('does not grow with what clients choose', () => {
    const { buckets } = fileRoom(roomRow('r1', { metadata: { mode: 'x'.repeat(10_000) } }), rules(['mode']));
    expect(buckets.map(({ length }) => length)).toEqual([9, 64]);
    expect(bucketFor(join({ mode: 'x'.repeat(10_000) }), rules(['mode']))!.bucket).toBe(buckets[1]);
  });
});

describe('the order in which joins prefer rooms', () => {
  const value = fc.oneof(fc.double({ noNaN: true }), fc.integer(), fc.constantFrom(-0, 0, Infinity, -Infinity));
  const text = fc.string({ maxLength: 20, unit: 'binary-ascii' });

  it.each<[string, SortOptions, fc.Arbitrary<object>]>([
    ['numbers', { x: 1 }, fc.record({ x: value })],
    ['numbers, the largest first', { x: -1 }, fc.record({ x: value })],
    ['texts', { x: 'asc' }, fc.record({ x: text })],
    ['texts, the last first', { x: 'descending' }, fc.record({ x: text })],
    ['two fields', { x: -1, y: 1 }, fc.record({ x: fc.integer({ min: -2, max: 2 }), y: text })],
    ['yes and no', { x: -1, y: 1 }, fc.record({ x: fc.boolean(), y: fc.integer() })],
  ])('is that of a sort by %s', (_, order, metadata) => {
    fc.assert(
      fc.property(fc.array(metadata, { minLength: 2, maxLength: 8 }), (all) => {
        const rows = all.map((each, i) => roomRow(String(i), { metadata: each }));
        const filed = rows
          .map((row) => ({ row, key: fileRoom(row, rules([], order)).entry.split(':')[0]! }))
          // Negative zero equals zero, and sorts before it here.
          .toSorted((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0))
          .map(({ row }) => row);
        expect(sortRows([...filed], order)).toEqual(filed);
      }),
      { seed: 1, numRuns: 300 },
    );
  });

  it('has rooms that lack the field last, either way', () => {
    const [with_, without] = [roomRow('a', { metadata: { x: 5 } }), roomRow('b')];
    for (const direction of [1, -1] as const) {
      const entries = [without, with_].map((row) => fileRoom(row, rules([], { x: direction })).entry).toSorted();
      expect(entries.map((entry) => entry.slice(entry.indexOf(':') + 1))).toEqual(['a', 'b']);
    }
  });

  it('is that of their making where the definition has none', () => {
    const entry = (ms: number) => fileRoom(roomRow('r', { createdAt: new Date(ms) }), rules([])).entry;
    expect([entry(2_000), entry(999), entry(1_000)].toSorted()).toEqual([entry(999), entry(1_000), entry(2_000)]);
  });
});
