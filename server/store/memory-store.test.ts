import { expect, it } from '@jest/globals';
import { MemoryStore } from './memory-store.ts';
import { code, content, describeStore, entries } from './store-contract.ts';

describeStore('in memory', () => {
  const store = new MemoryStore({ limits: { maxEntries: 50 } });
  return Promise.resolve({
    store,
    tamper: async (roomId, which, change) => {
      const room = store.rooms.get(roomId)!;
      const kept = room[which] ?? { position: { epoch: 0, sequence: 0 }, bytes: Buffer.alloc(0) };
      const bytes = change(kept.bytes);
      room[which] = bytes === undefined ? undefined : { ...kept, bytes };
      await Promise.resolve();
    },
    tamperEntry: async (roomId, sequence, change) => {
      const room = store.rooms.get(roomId)!;
      const at = room.entries.findIndex((entry) => entry.at.sequence === sequence);
      const bytes = change(room.entries[at]!.bytes!);
      if (bytes === undefined) room.entries.splice(at, 1);
      else room.entries[at] = { ...room.entries[at]!, bytes };
      await Promise.resolve();
    },
    empty: () => Promise.resolve(store.empty()),
    journalLength: (roomId) => Promise.resolve(store.rooms.get(roomId)?.entries.length ?? 0),
    aside: (roomId) => Promise.resolve(store.aside.get(roomId)?.snapshots ?? []),
    end: () => Promise.resolve(),
  });
});

it('forgets rooms that nobody writes to, fences, and what was put aside', async () => {
  let nowMs = 0;
  const limits = { roomTtlMs: 1_000, fenceMs: 500, asideMs: 2_000 };
  const store = new MemoryStore({ limits, now: () => nowMs });
  const [idle, busy, over] = [
    await store.create('idle', { node: 'a' }, content(0)),
    await store.create('busy', { node: 'a' }, content(0)),
    await store.create('over', { node: 'a' }, content(0)),
  ];
  await store.end(over, { keepAside: true });
  nowMs = 800;
  await store.append(busy, entries(busy, 1, 1));
  nowMs = 1_500;
  expect(await store.roomsOf('a')).toEqual([{ roomId: 'busy', node: 'a', epoch: 1 }]);
  await expect(store.append(idle, entries(idle, 1, 1))).rejects.toEqual(code('ended'));
  nowMs = 3_000;
  for (let i = 0; i < 1_000; i++) await store.owner('nothing');
  expect([store.rooms.size, store.aside.size]).toEqual([0, 0]);
});
