import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { EntryBuilder } from './journal-entry.ts';
import type { SealedEntry } from './journal-entry.ts';
import type { Ownership, RoomStore, SnapshotContent } from './room-store.ts';
import type { Which } from './stored-room.ts';

/** A store under test, and what can befall one. */
export interface StoreUnderTest {
  store: RoomStore;
  /** Changes the bytes of a snapshot as they lie there; undefined removes it. */
  tamper(roomId: string, which: Which, change: (bytes: Buffer) => Buffer | undefined): Promise<void>;
  /** Changes or removes an entry of the journal. */
  tamperEntry(roomId: string, sequence: number, change: (bytes: Buffer) => Buffer | undefined): Promise<void>;
  /** Loses everything. */
  empty(): Promise<void>;
  /** How many entries the journal has, barriers included. */
  journalLength(roomId: string): Promise<number>;
  /** The snapshots that were put aside. */
  aside(roomId: string): Promise<Buffer[]>;
  end(): Promise<void>;
}

export const content = (tick: number, text = `state at ${tick}`): SnapshotContent => ({
  tick,
  fingerprint: Buffer.from('schema-1'),
  body: Buffer.from(text),
});

/** Entries of one tick each, ticks and sequences counting from `first` to `last`. */
export function entries(owner: Ownership, first: number, last: number, say = ''): SealedEntry[] {
  const builder = new EntryBuilder(owner.roomId, owner.epoch, { sequence: first - 1 });
  return Array.from({ length: last - first + 1 }, (_, i) => {
    builder.add(first + i, Buffer.from(`${say}${first + i}`));
    return builder.seal();
  });
}

export const seats = (of: Record<string, string | undefined>): Map<string, Uint8Array | undefined> =>
  new Map(Object.entries(of).map(([id, text]) => [id, text === undefined ? undefined : Buffer.from(text)]));

export const code = (expected: string, more: object = {}): unknown =>
  expect.objectContaining({ name: 'StoreError', code: expected, ...more });

/** What every store does. */
export function describeStore(name: string, make: () => Promise<StoreUnderTest>): void {
  describe(`RoomStore: ${name}`, () => {
    let test: StoreUnderTest;
    let store: RoomStore;
    let rooms = 0;
    const newId = (): string => `room-${++rooms}`;
    const create = (node = 'a', roomId = newId()): Promise<Ownership> =>
      store.create(roomId, { node }, content(0), seats({ alice: 'seat of alice' }) as Map<string, Uint8Array>);
    /** As text: what a reader gets. */
    async function read(roomId: string, options: Parameters<RoomStore['load']>[1] = {}) {
      const { epoch, sequence, node, snapshot, ticks, seats, passedOver } = await store.load(roomId, options);
      return {
        ...{ epoch, sequence, node, passedOver },
        snapshot: `${snapshot.epoch}-${snapshot.sequence} ${snapshot.tick} ${Buffer.from(snapshot.body).toString()}`,
        ticks: ticks.map((tick) => `${tick.epoch}-${tick.sequence} ${tick.tick} ${Buffer.from(tick.body).toString()}`),
        seats: Object.fromEntries([...seats].map(([id, seat]) => [id, Buffer.from(seat).toString()])),
      };
    }
    const claimed = async (roomId: string, node: string, from: { node?: string; epoch?: number }) => {
      const result = await store.claim(roomId, { node }, from);
      if (!result.won) throw new Error(`lost to ${result.owner.node}`);
      return result.owner;
    };

    beforeAll(async () => {
      test = await make();
      store = test.store;
    });
    afterAll(() => test.end());

    describe('a room', () => {
      it('comes back as it was written: snapshot, what followed, seats', async () => {
        const owner = await create();
        expect(owner).toMatchObject({ node: 'a', epoch: 1 });
        await store.append(owner, entries(owner, 1, 2), seats({ bob: 'seat of bob' }));
        await store.append(owner, entries(owner, 3, 3), seats({ alice: undefined, carol: '' }));
        expect(await read(owner.roomId)).toEqual({
          epoch: 1,
          sequence: 3,
          node: 'a',
          snapshot: '1-0 0 state at 0',
          ticks: ['1-1 1 1', '1-2 2 2', '1-3 3 3'],
          seats: { bob: 'seat of bob', carol: '' },
          passedOver: undefined,
        });
        const { snapshot } = await store.load(owner.roomId);
        expect(Buffer.from(snapshot.fingerprint).toString()).toBe('schema-1');
      });

      it('keeps any bytes, and any Unicode in its ids', async () => {
        const all = Uint8Array.from({ length: 256 }, (_, i) => i);
        const roomId = 'räume/#42 🛰';
        const seat = new Map([['sitz ✓', all]]);
        const owner = await store.create(roomId, { node: 'a' }, { tick: 7, fingerprint: all, body: all }, seat);
        const builder = new EntryBuilder(roomId, owner.epoch);
        builder.add(8, all);
        await store.append(owner, [builder.seal()]);
        const room = await store.load(roomId);
        expect(Uint8Array.from(room.snapshot.body)).toEqual(all);
        expect(Uint8Array.from(room.snapshot.fingerprint)).toEqual(all);
        expect(Uint8Array.from(room.ticks[0]!.body)).toEqual(all);
        expect(Uint8Array.from(room.seats.get('sitz ✓')!)).toEqual(all);
      });

      it.each(['', 'x'.repeat(257), 'a{b', 'a}b', '\ud800'])('of the id %j is refused', async (roomId) => {
        await expect(store.create(roomId, { node: 'a' }, content(0))).rejects.toThrow(TypeError);
      });

      it('that is there is not made again, unless by the same creation', async () => {
        const roomId = newId();
        const creation = { node: 'a', token: 'one' };
        const first = await store.create(roomId, creation, content(0));
        await store.append(first, entries(first, 1, 1));
        expect(await store.create(roomId, creation, content(9))).toEqual(first);
        await expect(store.create(roomId, { node: 'a' }, content(0))).rejects.toEqual(code('exists', { epoch: 1 }));
        await store.end(first);
        const second = await store.create(roomId, { node: 'a', token: 'two' }, content(0));
        expect(await store.create(roomId, { node: 'a', token: 'two' }, content(0))).toEqual(second);
        await store.append(second, entries(second, 1, 1));
        expect((await read(roomId)).ticks).toEqual(['2-1 1 1']);
      });

      it('that is not there is missing', async () => {
        await expect(store.load('nothing')).rejects.toEqual(code('missing'));
        await expect(store.claim('nothing', { node: 'b' }, { node: 'a' })).rejects.toEqual(code('missing'));
        expect(await store.owner('nothing')).toBeUndefined();
      });
    });

    describe('the journal', () => {
      it('takes what is sent twice once, and its seats too', async () => {
        const owner = await create();
        const first = entries(owner, 1, 2);
        await store.append(owner, first, seats({ alice: 'old' }));
        await store.append(owner, entries(owner, 3, 3), seats({ alice: 'new' }));
        await store.append(owner, first, seats({ alice: 'old' }));
        const room = await read(owner.roomId);
        expect(room.ticks).toEqual(['1-1 1 1', '1-2 2 2', '1-3 3 3']);
        expect(room.seats['alice']).toBe('new');
      });

      it('takes what is new of a write that is there in part', async () => {
        const owner = await create();
        await store.append(owner, entries(owner, 1, 2, 'first '));
        await store.append(owner, entries(owner, 1, 4, 'again '), seats({ bob: 'b' }));
        const room = await read(owner.roomId);
        expect(room.ticks.map((tick) => tick.split(' ')[2])).toEqual(['first', 'first', 'again', 'again']);
        expect(room.seats['bob']).toBe('b');
      });

      it('takes nothing that would leave a gap', async () => {
        const owner = await create();
        await expect(store.append(owner, entries(owner, 2, 3), seats({ bob: 'b' }))).rejects.toEqual(code('lost'));
        expect(await read(owner.roomId)).toMatchObject({ ticks: [], seats: { alice: 'seat of alice' } });
      });

      it('is full at some length, and goes on when begun anew', async () => {
        let owner = await create();
        await store.append(owner, entries(owner, 1, 49));
        await expect(store.append(owner, entries(owner, 50, 50))).rejects.toEqual(code('full'));
        owner = await store.begin(owner, content(50), new Map());
        expect(owner.epoch).toBe(2);
        await store.append(owner, entries(owner, 1, 1));
        expect(await read(owner.roomId)).toMatchObject({
          epoch: 2,
          snapshot: '2-0 50 state at 50',
          ticks: ['2-1 1 1'],
        });
        expect(await test.journalLength(owner.roomId)).toBe(2);
      });
    });

    describe('a claim', () => {
      it('raises the epoch and shuts the old owner out, whatever it tries', async () => {
        const old = await create();
        await store.append(old, entries(old, 1, 2));
        const owner = await claimed(old.roomId, 'b', { node: 'a' });
        expect(owner).toMatchObject({ node: 'b', epoch: 2 });
        const fenced = code('fenced', { epoch: 2 });
        await expect(store.append(old, entries(old, 3, 3), seats({ alice: 'x' }))).rejects.toEqual(fenced);
        await expect(store.saveSnapshot(old, 2, content(2))).rejects.toEqual(fenced);
        await expect(store.begin(old, content(2), new Map())).rejects.toEqual(fenced);
        await expect(store.begin(old, content(2), new Map(), 99)).rejects.toEqual(fenced);
        await expect(store.end(old)).rejects.toEqual(fenced);
        await expect(store.load(old.roomId, { owner: old })).rejects.toEqual(fenced);
        // What it sends again is not new either, and says so all the same.
        await expect(store.append(old, entries(old, 1, 2))).rejects.toEqual(fenced);
        await store.append(owner, entries(owner, 1, 1));
        expect(await read(old.roomId, { owner })).toMatchObject({
          epoch: 2,
          ticks: ['1-1 1 1', '1-2 2 2', '2-1 1 1'],
          seats: { alice: 'seat of alice' },
        });
      });

      it('is won once for each owner that is replaced', async () => {
        const { roomId } = await create();
        const results = await Promise.all(
          Array.from({ length: 20 }, (_, i) => store.claim(roomId, { node: `n${i}` }, { node: 'a' })),
        );
        const winners = results.filter(({ won }) => won);
        expect(winners).toHaveLength(1);
        const [winner] = winners as [(typeof winners)[0]];
        for (const { owner } of results) expect(owner).toMatchObject({ node: winner.owner.node, epoch: 2 });
        expect(await store.owner(roomId)).toEqual({ roomId, node: winner.owner.node, epoch: 2 });
      });

      it('by the epoch is won once as well, also among those of one process', async () => {
        const { roomId } = await create();
        const claims = Array.from({ length: 5 }, () => store.claim(roomId, { node: 'b' }, { epoch: 1 }));
        expect((await Promise.all(claims)).filter(({ won }) => won)).toHaveLength(1);
        expect(await store.claim(roomId, { node: 'c' }, { epoch: 1 })).toMatchObject({ won: false });
        expect(await store.claim(roomId, { node: 'c' }, { epoch: 2, node: 'a' })).toMatchObject({ won: false });
        expect(await store.claim(roomId, { node: 'c' }, { epoch: 2, node: 'b' })).toMatchObject({ won: true });
      });

      it('that is repeated is the same one', async () => {
        const { roomId } = await create();
        const claimant = { node: 'b', token: 'claim-1' };
        const first = await store.claim(roomId, claimant, { node: 'a' });
        expect(await store.claim(roomId, claimant, { node: 'a' })).toEqual(first);
        expect(await store.owner(roomId)).toMatchObject({ epoch: 2 });
      });

      it('is from somebody', async () => {
        const { roomId } = await create();
        await expect(store.claim(roomId, { node: 'b' }, {})).rejects.toThrow(TypeError);
      });
    });

    describe('snapshots', () => {
      it('shorten the journal up to the one before, and never to nothing', async () => {
        const owner = await create();
        await store.append(owner, entries(owner, 1, 10));
        await store.saveSnapshot(owner, 10, content(10));
        expect(await test.journalLength(owner.roomId)).toBe(11);
        await store.append(owner, entries(owner, 11, 12));
        await store.saveSnapshot(owner, 12, content(12));
        expect(await test.journalLength(owner.roomId)).toBe(3); // 10 is the end of what the one before covers
        expect(await read(owner.roomId)).toMatchObject({ snapshot: '1-12 12 state at 12', ticks: [], sequence: 12 });
        await store.append(owner, entries(owner, 13, 13));
        await store.saveSnapshot(owner, 13, content(13));
        expect(await test.journalLength(owner.roomId)).toBe(2);
        expect((await read(owner.roomId)).ticks).toEqual([]);
      });

      it('that come late or twice change nothing', async () => {
        const owner = await create();
        await store.append(owner, entries(owner, 1, 4));
        await store.saveSnapshot(owner, 2, content(2));
        await store.saveSnapshot(owner, 4, content(4));
        await store.saveSnapshot(owner, 2, content(2, 'late'));
        await store.saveSnapshot(owner, 4, content(4, 'twice'));
        expect((await read(owner.roomId)).snapshot).toBe('1-4 4 state at 4');
        await test.tamper(owner.roomId, 'newest', () => undefined);
        expect(await read(owner.roomId)).toMatchObject({ snapshot: '1-2 2 state at 2', ticks: ['1-3 3 3', '1-4 4 4'] });
      });

      it('of what was not journaled are refused', async () => {
        const owner = await create();
        await expect(store.saveSnapshot(owner, 1, content(1))).rejects.toEqual(code('lost'));
      });

      it('of an owner before are followed by what all later ones wrote', async () => {
        const a = await create();
        await store.append(a, entries(a, 1, 3));
        await store.saveSnapshot(a, 2, content(2));
        const b = await claimed(a.roomId, 'b', { node: 'a' });
        const c = await claimed(a.roomId, 'c', { node: 'b' });
        await store.append(c, entries(c, 1, 2));
        expect((await read(a.roomId)).ticks).toEqual(['1-3 3 3', '3-1 1 1', '3-2 2 2']);
        await store.saveSnapshot(c, 1, content(4));
        expect(await read(a.roomId)).toMatchObject({ snapshot: '3-1 4 state at 4', ticks: ['3-2 2 2'] });
        expect(b.epoch).toBe(2);
      });
    });

    describe('a snapshot that cannot be used', () => {
      /** Two snapshots, at 2 and 4, and a journal to 5. */
      async function furnished(): Promise<Ownership> {
        const owner = await create();
        await store.append(owner, entries(owner, 1, 5));
        await store.saveSnapshot(owner, 2, content(2));
        await store.saveSnapshot(owner, 4, content(4));
        return owner;
      }
      const older = { snapshot: '1-2 2 state at 2', ticks: ['1-3 3 3', '1-4 4 4', '1-5 5 5'] };
      const flipped = (bytes: Buffer): Buffer => {
        const copy = Buffer.from(bytes);
        copy[60]! ^= 1;
        return copy;
      };
      const newer = (bytes: Buffer): Buffer => {
        const copy = Buffer.from(bytes);
        copy.writeUInt16BE(2, 4);
        return copy;
      };

      it('is passed over for the one before and a longer journal', async () => {
        const { roomId } = await furnished();
        const other = await furnished();
        let others: Buffer | undefined;
        await test.tamper(other.roomId, 'newest', (bytes) => (others = bytes));
        let previous: Buffer | undefined;
        await test.tamper(roomId, 'previous', (bytes) => (previous = bytes));
        let good: Buffer | undefined;
        for (const [passedOver, change] of [
          ['damaged', flipped],
          ['damaged', (bytes: Buffer) => bytes.subarray(0, -1)],
          ['newer-format', newer],
          ['another-room', () => others],
          ['misplaced', () => previous],
        ] as const) {
          await test.tamper(roomId, 'newest', (bytes) => change((good ??= bytes)));
          expect(await read(roomId)).toMatchObject({ ...older, passedOver });
          await test.tamper(roomId, 'newest', () => good);
        }
        expect(await read(roomId)).toMatchObject({ snapshot: '1-4 4 state at 4', passedOver: undefined });
        const accepts = ({ tick }: SnapshotContent): boolean => tick !== 4;
        expect(await read(roomId, { accepts })).toMatchObject({ ...older, passedOver: 'refused' });
      });

      it('is left alone by those who only look', async () => {
        const { roomId } = await furnished();
        await test.tamper(roomId, 'newest', flipped);
        await read(roomId);
        expect(await test.aside(roomId)).toEqual([]);
        await test.tamper(roomId, 'newest', flipped); // and whole again
        expect((await read(roomId)).passedOver).toBeUndefined();
      });

      it('is put aside by the owner, and does not push out the good one', async () => {
        const owner = await furnished();
        const { roomId } = owner;
        let damaged: Buffer | undefined;
        await test.tamper(roomId, 'newest', (bytes) => (damaged = flipped(bytes)));
        expect(await read(roomId, { owner })).toMatchObject({ ...older, passedOver: 'damaged' });
        expect(await test.aside(roomId)).toEqual([damaged]);
        expect(await read(roomId)).toMatchObject({ ...older, passedOver: 'gone' });
        await store.saveSnapshot(owner, 5, content(5));
        expect(await read(roomId)).toMatchObject({ snapshot: '1-5 5 state at 5', ticks: [] });
        await test.tamper(roomId, 'newest', flipped);
        expect(await read(roomId)).toMatchObject(older);
      });

      it('makes the room unreadable if neither can be', async () => {
        const owner = await furnished();
        const { roomId } = owner;
        await test.tamper(roomId, 'newest', flipped);
        await test.tamper(roomId, 'previous', () => undefined);
        const detail = expect.stringContaining('damaged, the one before gone');
        await expect(read(roomId, { owner })).rejects.toEqual(code('unreadable', { message: detail }));
        await test.tamper(roomId, 'newest', (bytes) => newer(flipped(bytes)));
        await expect(read(roomId)).rejects.toEqual(code('newer-format'));
      });

      it('is no matter right after a beginning: the first one is there twice', async () => {
        const { roomId } = await create();
        await test.tamper(roomId, 'newest', flipped);
        expect(await read(roomId)).toMatchObject({ snapshot: '1-0 0 state at 0', passedOver: 'damaged' });
      });
    });

    it.each<[string, number, (bytes: Buffer) => Buffer | undefined]>([
      ['lacks an entry', 2, () => undefined],
      ['lacks its end', 3, () => undefined],
      ['has a damaged entry', 2, (bytes) => Buffer.concat([bytes.subarray(0, -1), Buffer.of(bytes.at(-1)! ^ 1)])],
    ])('a journal that %s is refused', async (_, sequence, change) => {
      const owner = await create();
      await store.append(owner, entries(owner, 1, 3));
      await test.tamperEntry(owner.roomId, sequence, change);
      await expect(read(owner.roomId)).rejects.toEqual(code('journal-broken'));
    });

    describe('an end', () => {
      it('removes the room, and keeps it from being brought back', async () => {
        const old = await create();
        const owner = await claimed(old.roomId, 'b', { node: 'a' });
        await store.end(owner);
        await store.end(owner);
        const { roomId } = owner;
        const ended = code('ended');
        await expect(store.load(roomId)).rejects.toEqual(ended);
        expect(await store.owner(roomId)).toBeUndefined();
        expect(await test.journalLength(roomId)).toBe(0);
        await expect(store.claim(roomId, { node: 'c' }, { node: 'b' })).rejects.toEqual(ended);
        for (const zombie of [old, owner]) {
          await expect(store.append(zombie, entries(zombie, 1, 1))).rejects.toEqual(ended);
          await expect(store.saveSnapshot(zombie, 0, content(0))).rejects.toEqual(ended);
          await expect(store.begin(zombie, content(1), new Map())).rejects.toEqual(ended);
        }
        expect(await test.aside(roomId)).toEqual([]);
      });

      it('is not taken back by one that an older owner makes of it', async () => {
        const old = await create();
        const owner = await claimed(old.roomId, 'b', { node: 'a' });
        await store.end(owner);
        await store.end(old);
        const again = await create('c', old.roomId);
        expect(again.epoch).toBe(3);
      });

      it('leaves the id free for a new room, above the old epoch', async () => {
        const old = await create();
        await store.end(old);
        const again = await create('b', old.roomId);
        expect(again.epoch).toBe(2);
        await expect(store.append(old, entries(old, 1, 1))).rejects.toEqual(code('fenced', { epoch: 2 }));
        await expect(store.end(old)).rejects.toEqual(code('fenced'));
        expect(await read(old.roomId)).toMatchObject({ node: 'b', ticks: [] });
      });

      it('can keep what there was aside', async () => {
        const owner = await create();
        await store.end(owner, { keepAside: true });
        expect(await test.aside(owner.roomId)).toHaveLength(2);
        await expect(store.load(owner.roomId)).rejects.toEqual(code('ended'));
      });
    });

    it('counts restarts of a room, once for each epoch, whoever owned it', async () => {
      const owner = await create();
      expect([await store.countRestart(owner), await store.countRestart(owner)]).toEqual([1, 1]);
      const next = await claimed(owner.roomId, 'b', { node: 'a' });
      expect(await store.countRestart(next)).toBe(2);
      expect(await store.countRestart(await create())).toBe(1);
    });

    describe('a store that lost everything', () => {
      it('takes nothing until its owner began anew, and the late write of an old owner makes no room', async () => {
        const zombie = await create();
        const owner = await claimed(zombie.roomId, 'b', { node: 'a' });
        const { roomId } = owner;
        await store.append(owner, entries(owner, 1, 3));
        await test.empty();
        for (const who of [zombie, owner]) {
          await expect(store.append(who, entries(who, 4, 4))).rejects.toEqual(code('lost'));
          await expect(store.saveSnapshot(who, 3, content(3))).rejects.toEqual(code('lost'));
        }
        await expect(store.load(roomId)).rejects.toEqual(code('missing'));
        const anew = await store.begin(owner, content(3), seats({ bob: 'b' }) as Map<string, Uint8Array>);
        expect(anew.epoch).toBe(3);
        await expect(store.append(zombie, entries(zombie, 1, 1))).rejects.toEqual(code('fenced'));
        await expect(store.begin(zombie, content(0), new Map())).rejects.toEqual(code('fenced'));
        await expect(store.append(owner, entries(owner, 4, 4))).rejects.toEqual(code('fenced'));
        await store.append(anew, entries(anew, 1, 1));
        expect(await read(roomId)).toMatchObject({ epoch: 3, node: 'b', ticks: ['3-1 1 1'], seats: { bob: 'b' } });
        expect(await store.roomsOf('b')).toContainEqual({ roomId, node: 'b', epoch: 3 });
      });

      it('goes to the rightful owner even if an old one comes first', async () => {
        const zombie = await create();
        const owner = await claimed(zombie.roomId, 'b', { node: 'a' });
        await test.empty();
        const risen = await store.begin(zombie, content(0), new Map());
        expect(risen.epoch).toBe(owner.epoch); // equal, and told apart by their tokens
        await expect(store.append(owner, entries(owner, 1, 1))).rejects.toEqual(code('lost'));
        const anew = await store.begin(owner, content(5), new Map());
        expect(anew.epoch).toBe(3);
        await expect(store.append(risen, entries(risen, 1, 1))).rejects.toEqual(code('fenced'));
        await expect(store.begin(risen, content(0), new Map())).rejects.toEqual(code('fenced'));
        expect((await read(owner.roomId)).snapshot).toBe('3-0 5 state at 5');
      });

      it('says so', async () => {
        const heard: string[] = [];
        const stop = store.onEmptied(() => heard.push('emptied'));
        await test.empty();
        stop();
        await test.empty();
        expect(heard).toEqual(['emptied']);
      });
    });

    it('a beginning that is repeated does not undo what followed it', async () => {
      const owner = await create();
      const anew = await store.begin(owner, content(3), new Map());
      await store.append(anew, entries(anew, 1, 1));
      expect(await store.begin(owner, content(3), new Map())).toEqual(anew);
      expect(await read(owner.roomId)).toMatchObject({ ticks: ['2-1 1 1'] });
      expect((await read(owner.roomId)).seats).toEqual({}); // alice's was not told again
      // Nor does one that was given up for a later one, and comes after it.
      const later = await store.begin(owner, content(9), new Map(), 7);
      await expect(store.begin(owner, content(4), new Map(), 5)).rejects.toEqual(code('fenced', { epoch: 7 }));
      expect(later.epoch).toBe(7);
      expect((await read(owner.roomId)).snapshot).toBe('7-0 9 state at 9');
    });

    it('knows which rooms are whose', async () => {
      const [one, two, three] = [await create('x'), await create('x'), await create('y')];
      await claimed(two.roomId, 'y', { node: 'x' });
      await store.end(three);
      expect(await store.roomsOf('x')).toEqual([{ roomId: one.roomId, node: 'x', epoch: 1 }]);
      expect(await store.roomsOf('y')).toEqual([{ roomId: two.roomId, node: 'y', epoch: 2 }]);
      expect(await store.roomsOf('nobody')).toEqual([]);
      expect(await store.nodes()).toEqual(expect.arrayContaining(['x', 'y']));
    });
  });
}
