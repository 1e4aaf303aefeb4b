import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { logger, matchMaker, type Room } from '@colyseus/core';
import { schema, t } from '@colyseus/schema';
import { InProcessServer } from '../../test/support/in-process.ts';
import { RedisServer } from '../../test/support/redis-server.ts';
import { until } from '../../test/support/until.ts';
import { RedisConnection } from '../redis/redis-connection.ts';
import { LiveRoom } from '../room/live-room.ts';
import { roomKeeping } from '../room/room-keep.ts';
import { type KeptRoom, MemoryStore } from '../store/memory-store.ts';
import { RedisStore } from '../store/redis-store.ts';
import type { RoomStore } from '../store/room-store.ts';
import type { RoomKeeper } from './room-keeper.ts';
import { RoomKeepers } from './room-keepers.ts';

const Part = schema({ name: t.string(), size: t.number() }, 'SnapshotPart');
const fields = { parts: t.map(Part), round: t.number().default(0) };
const State = schema(fields, 'SnapshotState');
/** The same class as another version of the game has it. */
const versions = {
  extended: schema({ ...fields, extra: t.string().default('by default') }, 'SnapshotState'),
  removed: schema({ parts: t.map(Part) }, 'SnapshotState'),
  renamed: schema({ parts: t.map(Part), turn: t.number() }, 'SnapshotState'),
  retyped: schema({ parts: t.map(Part), round: t.string() }, 'SnapshotState'),
  'put in front': schema({ extra: t.string(), ...fields }, 'SnapshotState'),
};

/** Counts its rounds, ten to a snapshot. */
class CountingGame extends LiveRoom {
  override state: InstanceType<typeof State> = new State();
  override autoDispose = false;

  override onCreate(): void {
    this.setFixedTimestep(() => {
      this.state.round++;
      const part = `p${this.state.round % 3}`;
      this.state.parts.set(part, new Part().assign({ name: part, size: this.state.round }));
    }, 240);
  }
}

/** As an adopter: it changes nothing by itself. */
function still(of: new () => object): new () => Room {
  return class extends LiveRoom {
    override state = new of() as never;
    override autoDispose = false;
  };
}

type Change = (bytes: Buffer) => Buffer | undefined;
interface Stored {
  store: RoomStore;
  tamper(roomId: string, which: 'newest' | 'previous', change: Change): Promise<void>;
  end(): Promise<void>;
}

const kinds: Record<string, () => Promise<Stored>> = {
  'in memory': () => {
    const store = new MemoryStore();
    return Promise.resolve({
      store,
      tamper: async (roomId, which, change) => {
        const room = store.rooms.get(roomId)!;
        const bytes = change(Buffer.from(room[which]!.bytes));
        room[which] = bytes && { ...room[which]!, bytes };
        await Promise.resolve();
      },
      end: () => Promise.resolve(),
    });
  },
  'in Redis': async () => {
    const server = await RedisServer.start();
    const redis = new RedisConnection({ uri: server.uri });
    await redis.open(5_000);
    return {
      store: new RedisStore({ redis }),
      tamper: async (roomId, which, change) => {
        const key = `velarium:{${roomId}}:snapshot${which === 'newest' ? '' : ':previous'}`;
        const bytes = change((await redis.client.getBuffer(key))!);
        await (bytes === undefined ? redis.client.del(key) : redis.client.set(key, bytes, 'KEEPTTL'));
      },
      end: async () => {
        redis.close();
        await server.close();
      },
    };
  },
};

let server: InProcessServer;
let store: RoomStore;
let keepers: RoomKeepers;
let nodes = 0;
const passedOver: unknown[] = [];

/** This process as another node. */
function become(): string {
  const node = `node-${++nodes}`;
  keepers = new RoomKeepers({
    store,
    node: () => node,
    takeUpSession: (...session) => server.transport.takeUpSession(...session),
    random: () => 0,
    log: { info: (found: { passedOver?: unknown }) => passedOver.push(found.passedOver), warn: () => {} } as never,
    timings: { flushMs: 8, snapshotMs: 42 },
  });
  roomKeeping.current = keepers;
  return node;
}

/** A room as a dead node left it, with two snapshots and a journal behind the last. @returns its last state */
async function leftRoom(): Promise<{ roomId: string; state: unknown }> {
  become();
  // When the next snapshot is due depends on how steadily the room ran: one with no journal behind it won't do.
  for (;;) {
    const { roomId } = await matchMaker.createRoom('counting', {});
    const room = matchMaker.getLocalRoomById(roomId) as CountingGame;
    const keeper: RoomKeeper = keepers.keeperOf(roomId)!;
    await until('there are snapshots', () => room.state.round > 25);
    keeper.freeze(false);
    expect(await keeper.isWritten(5_000)).toBe(true);
    const state: unknown = room.state.toJSON();
    await leave(roomId);
    if ((await store.load(roomId)).ticks.length > 0) return { roomId, state };
  }
}

/** The room is nobody's here from now on, as if the process had died. */
async function leave(roomId: string): Promise<void> {
  keepers.handedOver(keepers.keeperOf(roomId)!, undefined);
  await until('it is gone', () => matchMaker.getLocalRoomById(roomId) === undefined);
}

/** Another node takes the room over, whoever has it. @returns its state there */
async function adopt(roomId: string): Promise<Record<string, unknown>> {
  const { node: from } = (await store.owner(roomId))!;
  const node = become();
  const claim = await store.claim(roomId, { node }, { node: from });
  if (!claim.won) throw new Error('not won');
  await keepers.adopt(roomId, claim.owner);
  const room = matchMaker.getLocalRoomById(roomId) as LiveRoom;
  const state = (room.state as { toJSON(): Record<string, unknown> }).toJSON();
  expect(await keepers.keeperOf(roomId)!.isWritten(5_000)).toBe(true);
  await leave(roomId);
  return state;
}

const asStill = (of: new () => object): void => void matchMaker.defineRoomType('counting', still(of));

beforeEach(async () => {
  jest.spyOn(logger, 'error').mockImplementation(() => {});
  jest.spyOn(console, 'error').mockImplementation(() => {});
  server = await InProcessServer.start({ counting: CountingGame });
  passedOver.length = 0;
});

afterEach(async () => {
  roomKeeping.current = undefined;
  await server.stop();
  jest.restoreAllMocks();
});

describe.each(Object.keys(kinds))('a room is taken over, %s,', (kind) => {
  let stored: Stored;

  beforeAll(async () => {
    stored = await kinds[kind]!();
    ({ store } = stored);
  });

  afterAll(() => stored.end());

  beforeEach(() => {
    ({ store } = stored);
  });

  const spoilt: [string, unknown, (other: Buffer) => Change][] = [
    ['has a bit flipped', 'damaged', () => (bytes) => flipped(bytes, 60)],
    ['was cut', 'damaged', () => (bytes) => bytes.subarray(0, bytes.length - 1)],
    ['is gone', 'gone', () => () => undefined],
    [
      'is of a newer format',
      'newer-format',
      () => (bytes) => Buffer.concat([bytes.subarray(0, 5), bytes.fill(9, 5, 6)]),
    ],
    ['is another room’s', 'another-room', (other) => () => other],
  ];

  it.each(spoilt)('from the snapshot before, where the newest %s', async (_, fault, changeWith) => {
    const [{ roomId, state }, other] = [await leftRoom(), await leftRoom()];
    let others: Buffer = Buffer.alloc(0);
    await stored.tamper(other.roomId, 'newest', (bytes) => (others = bytes));
    await stored.tamper(roomId, 'newest', changeWith(others));
    asStill(State);
    expect(await adopt(roomId)).toEqual(state);
    expect(passedOver).toEqual([fault]);
    expect(await adopt(roomId)).toEqual(state); // and it wrote down what is good
    expect(passedOver).toEqual([fault, undefined]);
  });

  it('or not at all, where both snapshots are bad; nobody crashes over it, and it stays claimable', async () => {
    const { roomId } = await leftRoom();
    for (const which of ['newest', 'previous'] as const)
      await stored.tamper(roomId, which, (bytes) => flipped(bytes, 41));
    asStill(State);
    for (let i = 0; i < 3; i++) await expect(adopt(roomId)).rejects.toMatchObject({ code: 'unreadable' });
    expect(matchMaker.getLocalRoomById(roomId)).toBeUndefined();
    expect(keepers.holds(roomId)).toBe(false);
  });

  it('by a version of the game with fields added at the end: those have their defaults', async () => {
    const { roomId, state } = await leftRoom();
    asStill(versions.extended);
    const extended = { ...(state as object), extra: 'by default' };
    expect(await adopt(roomId)).toEqual(extended);
    expect(await adopt(roomId)).toEqual(extended);
  });

  it.each(['removed', 'renamed', 'retyped', 'put in front'] as const)(
    'not by a version of the game with a field %s, which leaves it as it is to those who can',
    async (version) => {
      const { roomId, state } = await leftRoom();
      asStill(versions[version]);
      for (let i = 0; i < 2; i++) await expect(adopt(roomId)).rejects.toMatchObject({ code: 'other-schema' });
      asStill(State);
      expect(await adopt(roomId)).toEqual(state);
      expect(passedOver).toEqual([undefined]);
    },
  );

  it('from the snapshot before, where the newest was written by a newer version that did not get far', async () => {
    const { roomId, state } = await leftRoom();
    asStill(versions.extended);
    await adopt(roomId);
    asStill(State);
    // Its snapshot has a class that this version does not know; behind the one before it there is nothing of its own.
    expect(await adopt(roomId)).toEqual(state);
    expect(passedOver).toEqual([undefined, 'refused']);
    expect(await adopt(roomId)).toEqual(state);
    expect(passedOver).toEqual([undefined, 'refused', undefined]);
  });
});

it('a room is taken over with the same state whatever byte of its newest snapshot is another, or missing', async () => {
  const memory = new MemoryStore();
  store = memory;
  const { roomId, state } = await leftRoom();
  asStill(State);
  const left = memory.rooms.get(roomId)!;
  const length = left.newest!.bytes.length;
  for (let at = 0; at < 2 * length; at++) {
    const { bytes, position } = left.newest!;
    const bad = at < length ? flipped(Buffer.from(bytes), at) : bytes.subarray(0, at - length);
    memory.rooms.set(roomId, { ...copyOf(left), newest: { position, bytes: bad } });
    expect([at, await adopt(roomId)]).toEqual([at, state]);
  }
  expect(passedOver.length).toBe(2 * length);
  expect(passedOver).not.toContain(undefined);
});

it('a room is refused whatever byte of its journal is another', async () => {
  const memory = new MemoryStore();
  store = memory;
  const { roomId } = await leftRoom();
  const left = memory.rooms.get(roomId)!;
  const entry = left.entries.length - 1;
  const { at: place, bytes } = left.entries[entry]!;
  asStill(State);
  for (let at = 0; at < bytes!.length; at++) {
    const entries = left.entries.with(entry, { at: place, bytes: flipped(Buffer.from(bytes!), at) });
    memory.rooms.set(roomId, { ...copyOf(left), entries });
    await expect(adopt(roomId)).rejects.toMatchObject({ code: 'journal-broken' });
  }
});

function flipped(bytes: Buffer, at: number): Buffer {
  bytes[at]! ^= 1 << (at % 8);
  return bytes;
}

const copyOf = (room: KeptRoom): KeptRoom => ({ ...room, entries: [...room.entries], seats: new Map(room.seats) });
