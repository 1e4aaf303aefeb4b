import { initializeRoomCache } from '@colyseus/core';
import type { IRoomCache, MatchMakerDriver, SortOptions } from '@colyseus/core';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { JoinRules } from './join-index.ts';

/** The room definitions that the contract's rooms have; a driver under test is to know them. */
export const CONTRACT_RULES: Record<string, JoinRules> = {
  arena: { filterBy: ['mode', 'map'], sortBy: undefined },
  ladder: { filterBy: [], sortBy: { clients: -1, rating: 1 } },
};

export const contractRules = (name: string): JoinRules => CONTRACT_RULES[name] ?? { filterBy: [], sortBy: undefined };

export const OWNER = 'process-a';

/** A row as core makes one. */
export function roomRow(roomId: string, fields: Partial<IRoomCache> = {}): IRoomCache {
  return initializeRoomCache({
    name: 'arena',
    roomId,
    processId: OWNER,
    maxClients: 8,
    createdAt: new Date(1_700_000_000_000),
    ...fields,
  });
}

const open = (name: string, more: object = {}) => ({ locked: false, name, private: false, ...more });
const ids = (rooms: readonly IRoomCache[]): string[] => rooms.map(({ roomId }) => roomId).toSorted();

/** What every listing does, in one process or over many. `make` gives a driver whose own process id is {@link OWNER}. */
export function describeDriver(
  name: string,
  make: () => Promise<{ driver: MatchMakerDriver; end: () => Promise<void> }>,
): void {
  describe(`MatchMakerDriver: ${name}`, () => {
    let driver: MatchMakerDriver;
    let end: () => Promise<void>;

    beforeAll(async () => ({ driver, end } = await make()));
    afterAll(() => end());
    beforeEach(() => driver.clear());

    const insert = (...rooms: IRoomCache[]) => Promise.all(rooms.map((room) => driver.insert!(room)));
    const find = async (conditions: object, order?: SortOptions) =>
      (await driver.findOne(conditions, order))?.roomId as string | undefined;
    const query = async (conditions: object, order?: SortOptions) => await driver.query(conditions, order);

    describe('one room', () => {
      it('is found by its id, whole', async () => {
        const row = roomRow('r1', {
          clients: 2,
          metadata: { mode: 'duel', tags: ['a'] },
          publicAddress: 'node-1:2567',
        });
        await insert(row);
        const found = await driver.findOne({ roomId: 'r1' });
        expect(found).toMatchObject({
          name: 'arena',
          roomId: 'r1',
          processId: OWNER,
          clients: 2,
          maxClients: 8,
          locked: false,
          private: false,
          unlisted: false,
          metadata: { mode: 'duel', tags: ['a'] },
          publicAddress: 'node-1:2567',
        });
        expect(found.createdAt).toEqual(new Date(1_700_000_000_000));
        expect(await driver.has('r1')).toBe(true);
      });

      it('keeps a room without a limit a room without a limit', async () => {
        await insert(roomRow('r1', { maxClients: Infinity, clients: 5_000 }));
        expect((await driver.findOne({ roomId: 'r1' })).maxClients).toBe(Infinity);
        expect(await find(open('arena'))).toBe('r1');
      });

      it('is gone when removed, and removing what is not there is no error', async () => {
        await insert(roomRow('r1'));
        expect(await driver.remove('r1')).toBe(true);
        expect(await driver.remove('r1')).toBe(false);
        expect(await driver.has('r1')).toBe(false);
        expect(await driver.findOne({ roomId: 'r1' })).toBeUndefined();
        expect(await find(open('arena'))).toBeUndefined();
        expect(await query({})).toEqual([]);
      });

      it('is not brought back by a late update', async () => {
        const row = roomRow('r1');
        await insert(row);
        await driver.remove('r1');
        await driver.update(row, { $inc: { clients: 1 } });
        await driver.persist(row);
        expect(row.clients).toBe(1);
        expect(await driver.has('r1')).toBe(false);
        expect(await query({ name: 'arena' })).toEqual([]);
      });

      it('is not recorded by an update that comes before it has an id', async () => {
        const row = { ...roomRow(''), roomId: undefined as unknown as string };
        await driver.update(row, { $set: { locked: true } });
        expect(row.locked).toBe(true);
        expect(await query({})).toEqual([]);
      });

      it('is one of several that are asked for by their ids', async () => {
        await insert(roomRow('r1'), roomRow('r2'), roomRow('r3'));
        const found = await driver.findByIds(['r3', 'nobody', 'r1']);
        expect([...found.keys()].toSorted()).toEqual(['r1', 'r3']);
        expect(found.get('r3')!.roomId).toBe('r3');
        expect((await driver.findByIds([])).size).toBe(0);
      });
    });

    it('records one of a hundred twins, and says so to that one alone', async () => {
      const answers = await insert(...Array.from({ length: 100 }, (_, i) => roomRow('twin', { metadata: { i } })));
      expect(answers.filter(Boolean)).toEqual([true]);
      expect(await query({})).toHaveLength(1);
      expect((await driver.findOne({ roomId: 'twin' })).metadata).toEqual({ i: answers.indexOf(true) });
    });

    describe('queries', () => {
      beforeEach(() =>
        insert(
          roomRow('plain'),
          roomRow('locked', { locked: true }),
          roomRow('private', { private: true }),
          roomRow('unlisted', { unlisted: true }),
          roomRow('duel', { metadata: { mode: 'duel', map: 'moon', level: 1 } }),
          roomRow('big', { maxClients: 16, clients: 3, metadata: { mode: 'duel', map: 'mars', level: '1' } }),
          roomRow('other', { name: 'ladder', metadata: { ranked: true, season: null } }),
        ),
      );

      it.each<[object, string[]]>([
        [{}, ['big', 'duel', 'locked', 'other', 'plain', 'private', 'unlisted']],
        [{ name: 'arena' }, ['big', 'duel', 'locked', 'plain', 'private', 'unlisted']],
        [{ name: 'aren' }, []],
        [{ roomId: 'big' }, ['big']],
        [{ roomId: 'big', name: 'ladder' }, []],
        [{ locked: true }, ['locked']],
        [{ private: true }, ['private']],
        [{ unlisted: true }, ['unlisted']],
        [{ name: 'arena', unlisted: false, private: false }, ['big', 'duel', 'locked', 'plain']],
        [{ maxClients: 16 }, ['big']],
        [{ clients: 3, maxClients: 16 }, ['big']],
        [{ processId: OWNER, locked: true }, ['locked']],
        [{ processId: 'somebody' }, []],
        [{ mode: 'duel' }, ['big', 'duel']],
        [{ mode: 'duel', map: 'mars' }, ['big']],
        [{ name: 'arena', level: 1 }, ['duel']],
        [{ name: 'arena', level: '1' }, ['big']],
        [{ ranked: true }, ['other']],
        [{ season: null }, ['other']],
        [{ mode: undefined }, []],
        [{ toString: 'x' }, []],
        [{ weather: 'fine' }, []],
      ])('%j finds %j', async (conditions, expected) => {
        expect(ids(await query(conditions))).toEqual(expected);
        const one = await find({ ...conditions });
        if (expected.length === 0) expect(one).toBeUndefined();
        else expect(expected).toContain(one);
      });
    });

    it.each<[SortOptions, string[]]>([
      [{ clients: 1 }, ['a', 'c', 'b', 'd']],
      [{ clients: 'desc' }, ['d', 'b', 'a', 'c']],
      [{ rank: 'ascending', clients: -1 }, ['b', 'c', 'd', 'a']],
      [{ createdAt: -1 }, ['c', 'd', 'b', 'a']],
    ])('answers in the order %j', async (order, expected) => {
      const at = (ms: number) => new Date(1_700_000_000_000 + ms);
      for (const row of [
        roomRow('a', { clients: 1, metadata: { rank: 'z' }, createdAt: at(1) }),
        roomRow('b', { clients: 5, metadata: { rank: 'b' }, createdAt: at(2) }),
        roomRow('c', { clients: 1, metadata: { rank: 'b' }, createdAt: at(30) }),
        roomRow('d', { clients: 7, metadata: { rank: 'c' }, createdAt: at(4) }),
      ]) {
        await insert(row);
      }
      const found = (await query({ name: 'arena' }, order)).map(({ roomId }) => roomId);
      // Rooms that are equal in the order may come either way.
      const same = order['clients'] !== undefined && Object.keys(order).length === 1;
      const sorted = same ? found.map((id) => (id === 'c' ? 'a' : id)) : found;
      expect(sorted).toEqual(same ? expected.map((id) => (id === 'c' ? 'a' : id)) : expected);
      expect(await find({ name: 'arena', maxClients: 8 }, order)).toBe(found[0]);
      if (!same) expect(await find(open('arena'), order)).toBe(expected[0]);
    });

    describe('joins', () => {
      it('find no room that is locked, private, full or of another name', async () => {
        await insert(
          roomRow('locked', { locked: true }),
          roomRow('private', { private: true }),
          roomRow('full', { clients: 8 }),
          roomRow('other', { name: 'ladder' }),
        );
        expect(await find(open('arena'))).toBeUndefined();
        await insert(roomRow('unlisted', { unlisted: true })); // not shown, but joined
        expect(await find(open('arena'))).toBe('unlisted');
      });

      it.each<[object, string | undefined]>([
        [{ mode: 'duel', map: 'mars' }, 'duel-mars'],
        [{ mode: 'duel', map: 'moon' }, 'duel-moon'],
        [{ map: 'mars' }, 'duel-mars'],
        [{ mode: 'teams' }, 'teams'],
        [{ mode: 'teams', map: 'moon' }, undefined],
        [{ mode: 7 }, 'number'],
        [{ mode: '7' }, 'text'],
        [{ mode: 'x'.repeat(5_000) }, 'long'],
        [{ mode: `${'x'.repeat(4_999)}y` }, undefined],
        [{ mode: { is: 'an object' } }, undefined],
        [{ mode: 'duel', weather: 'fine' }, 'fine'],
        [{ mode: 'duel', weather: 'foul' }, undefined],
        [{ mode: undefined }, undefined],
      ])('with %j end up in %s', async (criteria, expected) => {
        await insert(
          roomRow('duel-moon', { metadata: { mode: 'duel', map: 'moon' } }),
          roomRow('duel-mars', { metadata: { mode: 'duel', map: 'mars' } }),
          roomRow('teams', { metadata: { mode: 'teams' } }),
          roomRow('number', { metadata: { mode: 7 } }),
          roomRow('text', { metadata: { mode: '7' } }),
          roomRow('long', { metadata: { mode: 'x'.repeat(5_000) } }),
          roomRow('fine', { metadata: { mode: 'duel', weather: 'fine', map: 'sun' } }),
          roomRow('object', { metadata: { mode: { is: 'an object' } } }),
        );
        expect(await find(open('arena', criteria))).toBe(expected);
      });

      it('take the room that the definition puts first, and go on doing so while rooms fill', async () => {
        const order = CONTRACT_RULES['ladder']!.sortBy;
        const low = roomRow('low', { name: 'ladder', clients: 1, metadata: { rating: -5 } });
        const high = roomRow('high', { name: 'ladder', clients: 1, metadata: { rating: 1_000 } });
        await insert(high, low);
        expect(await find(open('ladder'), order)).toBe('low');
        await driver.update(high, { $inc: { clients: 1 } });
        expect(await find(open('ladder'), order)).toBe('high');
        await driver.update(high, { $inc: { clients: 6 }, $set: { locked: true } });
        expect(await find(open('ladder'), order)).toBe('low');
        await driver.update(high, { $inc: { clients: -1 }, $set: { locked: false } });
        expect(await find(open('ladder'), order)).toBe('high');
        expect(await find(open('ladder'), { rating: 1 })).toBe('low');
      });

      it('follow what a room says of itself later', async () => {
        const row = roomRow('r1', { metadata: { mode: 'duel' } });
        await insert(row);
        row.metadata = { mode: 'teams' };
        await driver.persist(row);
        expect(await find(open('arena', { mode: 'duel' }))).toBeUndefined();
        expect(await find(open('arena', { mode: 'teams' }))).toBe('r1');
        await driver.update(row, { $set: { private: true } });
        expect(await find(open('arena', { mode: 'teams' }))).toBeUndefined();
      });
    });

    it('counts exactly, however many change a room at once', async () => {
      const rooms = Array.from({ length: 8 }, (_, i) => roomRow(`r${i}`, { maxClients: 50 }));
      await insert(...rooms);
      const changes = rooms.flatMap((row) => [
        ...Array.from({ length: 50 }, async () => driver.update(row, { $inc: { clients: 1 } })),
        ...Array.from({ length: 20 }, async () =>
          driver.update(row, { $inc: { clients: -1 }, $set: { locked: false } }),
        ),
      ]);
      await Promise.all(changes);
      expect((await query({ name: 'arena' })).map(({ clients }) => clients)).toEqual(Array(8).fill(30));
    });

    it('forgets the rooms of its own process when that ends', async () => {
      await insert(roomRow('r1'), roomRow('r2'));
      await driver.cleanup!(OWNER);
      expect(await query({})).toEqual([]);
      expect(await driver.insert!(roomRow('r1'))).toBe(true);
    });
  });
}
