import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { type Client, matchMaker } from '@colyseus/core';
import { schema, t } from '@colyseus/schema';
import { type InProcessClient, InProcessServer } from '../../test/support/in-process.ts';
import { until } from '../../test/support/until.ts';
import { FrameSession } from '../../shared/session/frame-session.ts';
import { Compressor } from '../../shared/wire/compression.ts';
import { nodeDeflate } from '../../test/support/deflate.ts';
import { carry, kept } from '../../test/support/session-pair.ts';
import { LiveRoom } from '../room/live-room.ts';
import { roomKeeping } from '../room/room-keep.ts';
import { RateLimiter } from '../session/rate-limiter.ts';
import { RoomSession, RoomSessions } from '../session/room-sessions.ts';
import type { SessionClient } from '../session/session-client.ts';
import { MemoryStore } from '../store/memory-store.ts';
import type { Ownership } from '../store/room-store.ts';
import { StoreError } from '../store/store-error.ts';
import { letGo } from './let-go.ts';
import { OutputCommit } from './output-commit.ts';
import { RoomKeepers } from './room-keepers.ts';

const State = schema({ said: t.number() }, 'TalkingState');
const HIGH_TICK_HZ = 100;

/** Numbers what it says to everybody. */
class TalkingGame extends LiveRoom {
  override state = new State().assign({ said: 0 });
  override reconnectionSeconds = 2; // core's timer lasts as long, whatever comes first
  override messages = {
    talk: () => this.say(),
    bye: (client: Client) => {
      client.send('n', 99);
      client.leave(4_321);
    },
  };
  saysEachTick = false;

  override onCreate({ tickHz = HIGH_TICK_HZ }: { tickHz?: number }): void {
    this.setFixedTimestep(() => {
      if (this.saysEachTick) this.say();
    }, tickHz);
  }

  say(): void {
    this.broadcast('n', ++this.state.said);
  }
}

class PassingGame extends TalkingGame {
  override outlivesNode = false;
}

let server: InProcessServer;
let store: MemoryStore;
/** Resolves the write that waits, where writes wait. */
let letWrite: (() => void) | undefined;

const TALK = '0d a4 74 61 6c 6b';
const BYE = '0d a3 62 79 65';
const said = (number: number): string => `0d a1 6e ${number.toString(16).padStart(2, '0')}`;
const gameOf = (roomId: string): TalkingGame => matchMaker.getLocalRoomById(roomId) as TalkingGame;

/** This process as the node of that name. Nothing but a message makes it write within the test. */
function become(node: string, flushMs = 60_000): RoomKeepers {
  const keepers = new RoomKeepers({
    store,
    node: () => node,
    takeUpSession: (...session) => server.transport.takeUpSession(...session),
    random: () => 0.5,
    timings: { flushMs, snapshotMs: 60_000 },
  });
  roomKeeping.current = keepers;
  return keepers;
}

/** From now on each append waits for {@link letWrite}. */
function holdWrites(): void {
  const { append } = store;
  store.append = async (...entries) => {
    await new Promise<void>((resolve) => (letWrite = resolve));
    letWrite = undefined;
    return append.apply(store, entries);
  };
}

async function joined(options: object = {}, roomName = 'talking'): Promise<InProcessClient> {
  const client = await server.join(roomName, options);
  if (roomName === 'talking') {
    await until('its seat is kept', () => store.rooms.get(client.roomId)!.seats.size === client.room.clients.length);
  }
  return client;
}

async function ticks(room: LiveRoom, count: number): Promise<void> {
  const { made } = room.tickCounts;
  await until(`${count} ticks`, () => room.tickCounts.made >= made + count);
}

/** The node that has the room dies with what it did not write; this process goes on with the room as another one. */
async function die(roomId: string, from: string, to: string): Promise<void> {
  const claim = await store.claim(roomId, { node: to }, { node: from });
  void letGo(gameOf(roomId));
  await until('it is gone', () => gameOf(roomId) === undefined);
  await become(to).adopt(roomId, (claim as { owner: Ownership }).owner);
}

beforeEach(async () => {
  store = new MemoryStore();
  letWrite = undefined;
  server = await InProcessServer.start({ talking: TalkingGame, passing: PassingGame });
});

afterEach(async () => {
  letWrite?.();
  roomKeeping.current = undefined;
  await server.stop();
});

describe('output commit', () => {
  const compressor = new Compressor(nodeDeflate);

  /** A room in which one session is held, and how many messages its server has ready. */
  function held(mostTicks: number) {
    const frames = new FrameSession('server', compressor);
    const sessions = new RoomSessions();
    const limiter = new RateLimiter({ messagesPerSecond: 1, bytesPerSecond: 1, burstSeconds: 1 }, 0);
    sessions.add(new RoomSession({ sessionId: 'Ada' } as SessionClient, limiter, frames));
    const commit = new OutputCommit(sessions, mostTicks);
    commit.holdAll();
    const post = (): void => frames.post(kept('0d'));
    return { frames, commit, post };
  }

  it('says whether a message waits that is in nothing that is being written', () => {
    const { commit, post } = held(10);
    expect(commit.messageWaits).toBe(false);
    post();
    expect(commit.messageWaits).toBe(true);
    commit.writing();
    expect(commit.messageWaits).toBe(false);
  });

  it('lets go what was noted before what is durable, and nothing that came later', () => {
    const { frames, commit, post } = held(10);
    const sent = (): number => {
      frames.takeFrames();
      return frames.save().inFlight.length;
    };
    post();
    commit.note(3);
    post();
    commit.note(6);
    post();
    commit.note(9); // takes the place of that of 6
    post();
    expect([commit.commit(2), sent()]).toEqual([false, 0]);
    expect([commit.commit(3), sent()]).toEqual([true, 1]);
    expect([commit.commit(6), sent()]).toEqual([false, 1]);
    expect([commit.commit(9), sent()]).toEqual([true, 3]);
    expect([commit.commit(12), sent()]).toEqual([false, 3]);
    commit.note(12);
    commit.forget();
    expect([commit.commit(12), sent()]).toEqual([false, 3]);
    commit.free();
    expect(sent()).toBe(4);
  });

  it('lets messages go that waited for too long, and acknowledges nothing for that', () => {
    const { frames, commit, post } = held(10);
    const client = new FrameSession('client', compressor);
    client.post(kept('0d'));
    carry(client, frames);
    post();
    commit.note(3);
    for (const tick of [6, 9, 12, 13]) {
      post();
      commit.note(tick);
      expect(frames.pending).toBe(false);
    }
    commit.note(14);
    expect(carry(frames, client)).toHaveLength(5);
    expect([client.kept.messages, frames.ackOwed]).toEqual([1, false]);
    expect([commit.commit(14), frames.ackOwed]).toEqual([false, true]);
  });
});

describe('messages to clients of a room that is kept (S18)', () => {
  it('[S18] hasten the write, and leave when their tick is in the store', async () => {
    become('a');
    const ada = await joined();
    holdWrites();
    ada.say(TALK);
    await until('it is being written', () => letWrite !== undefined);
    await ticks(ada.room as LiveRoom, 5);
    expect(ada.heard()).toEqual([]);
    letWrite!();
    await until('it is heard', () => ada.read() > 0 && ada.received.some(([code]) => code === 0x0d));
    expect(ada.heard()).toEqual([said(1)]);
  });

  it('[S18] leave with the next tick; where ticks are far apart, at once', async () => {
    for (const tickHz of [HIGH_TICK_HZ, 20]) {
      become('a');
      const ada = await joined({ tickHz });
      const room = ada.room as LiveRoom;
      holdWrites();
      ada.say(TALK);
      await until('it is being written', () => letWrite !== undefined);
      room.pauseTicks();
      letWrite!();
      const isWritten = () => (room.roomKeep as never as { durableTick: number }).durableTick >= room.tickCounts.made;
      await until('it is written', isWritten);
      expect(ada.heard()).toEqual(tickHz === 20 ? [said(1)] : []);
      room.resumeTicks();
      await ticks(room, 2);
      expect(ada.heard()).toEqual(tickHz === 20 ? [] : [said(1)]);
      await room.disconnect();
      await until('it has ended', () => gameOf(room.roomId) === undefined);
      store.append = Object.getPrototypeOf(store).append as MemoryStore['append'];
    }
  });

  it('[S18] are heard once, whatever of them the node that dies had written and sent', async () => {
    become('a');
    const ada = await joined();
    const bob = await joined();
    const { roomId } = ada;
    ada.say(TALK);
    await until('Ada hears it', () => ada.read() > 0 && ada.received.some(([code]) => code === 0x0d));
    bob.ws.take(); // sent, and lost with the connection
    holdWrites();
    ada.say(TALK, TALK); // the second write never comes to its end
    await until('it is being written', () => letWrite !== undefined);
    await ticks(gameOf(roomId), 5);
    store.append = Object.getPrototypeOf(store).append as MemoryStore['append'];
    await die(roomId, 'a', 'b');
    expect(gameOf(roomId).state.said).toBe(1);
    await ada.resume(); // and says again what nobody has written
    await bob.resume();
    await until(
      'the next owner says it',
      () => ada.read() >= 0 && ada.received.length > 0 && gameOf(roomId).state.said === 3,
    );
    await ticks(gameOf(roomId), 5);
    expect([ada.heard(), bob.heard()]).toEqual([
      [said(1), said(2), said(3)],
      [said(1), said(2), said(3)],
    ]);
  });

  it('[S18] of a session that ends leave with its end', async () => {
    become('a');
    const ada = await joined();
    holdWrites();
    ada.say(BYE);
    await until('it is closed', () => ada.ws.closes.length > 0);
    expect([ada.heard(), ada.ws.closes[0]!.code]).toEqual([[said(99)], 4_321]);
  });

  it('[S18] that were held when the store lost the room wait until it begins anew', async () => {
    become('a', 30);
    const ada = await joined();
    const { roomId } = ada;
    const { append } = store;
    let isBeginning = false;
    let begin = (): void => {};
    const { begin: beginAnew } = store;
    store.begin = async (...args) => {
      isBeginning = true;
      await new Promise<void>((resolve) => (begin = resolve));
      return beginAnew.apply(store, args);
    };
    store.append = () => Promise.reject(new StoreError('lost', roomId, 'as a test does it'));
    ada.say(TALK);
    await until('it begins anew', () => isBeginning);
    store.append = append;
    await ticks(gameOf(roomId), 3);
    expect(ada.heard()).toEqual([]);
    begin();
    await until('it is heard', () => ada.read() > 0 && ada.received.some(([code]) => code === 0x0d));
    expect(ada.heard()).toEqual([said(1)]);
  });

  it('make a room write every third tick of 10 ms at most', async () => {
    become('a');
    const ada = await joined();
    const room = gameOf(ada.roomId);
    const writtenAt: number[] = [];
    const { append } = store;
    store.append = (...args) => {
      writtenAt.push(room.tickCounts.made);
      return append.apply(store, args);
    };
    room.saysEachTick = true;
    await ticks(room, 40);
    room.saysEachTick = false;
    await ticks(room, 5);
    const gaps = writtenAt.slice(1).map((tick, i) => tick - writtenAt[i]!);
    expect(gaps.length).toBeGreaterThan(8);
    expect(Math.min(...gaps)).toBe(3);
    expect(ada.heard()).toEqual(Array.from({ length: room.state.said }, (_, i) => said(i + 1)));
  });

  it('do not wait where nothing keeps the room, or nothing does any more', async () => {
    const keepers = become('a');
    const eve = await joined({}, 'passing');
    eve.say(TALK);
    await ticks(eve.room as LiveRoom, 2);
    expect(eve.heard()).toEqual([said(1)]);
    const ada = await joined();
    holdWrites();
    ada.say(TALK);
    await until('it is being written', () => letWrite !== undefined);
    keepers.keeperOf(ada.roomId)!.leave();
    await ticks(ada.room as LiveRoom, 2);
    expect(ada.heard()).toEqual([said(1)]);
  });
});
