import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { type Client, logger, matchMaker, ServerError } from '@colyseus/core';
import { schema, t } from '@colyseus/schema';
import { type InProcessClient, InProcessServer } from '../../test/support/in-process.ts';
import { until } from '../../test/support/until.ts';
import { CloseReason } from '../../shared/wire/close-reason.ts';
import { LiveRoom } from '../room/live-room.ts';
import { roomKeeping } from '../room/room-keep.ts';
import { MemoryStore } from '../store/memory-store.ts';
import { RoomKeepers } from './room-keepers.ts';

const State = schema({ score: t.number(), spoilt: t.boolean() }, 'FailingState');

/** What rooms went through. */
let story: string[] = [];
/** Where the next failure is, for what only the next call of a hook can do. */
let trap = '';

function failure(): never {
  throw new Error('as a game does it');
}

/** Fails wherever it is told to, always with its state half changed. */
class FailingGame extends LiveRoom {
  override state = new State().assign({ score: 0, spoilt: false });
  override reconnectionSeconds = 2; // core's timer lasts as long, whatever comes first
  override messages = {
    score: (_: Client, points: number) => (this.state.score += points),
    fail: (_: Client, where: string) => this.#failAt(where),
    later: async () => {
      await Promise.resolve();
      this.#spoil();
    },
    refuse: () => {
      throw new ServerError(4_321, 'not you');
    },
  };
  #inStep = '';
  readonly #story = story; // one that is left of a test before takes its second to end

  override onCreate(): void | Promise<void> {
    story.push(this.isRestored ? 'restored' : 'new');
    this.setFixedTimestep(() => {
      const place = this.#inStep;
      this.#inStep = '';
      if (place === 'step') this.#spoil();
      if (place === 'async step') return this.#spoilLater() as never;
    }, 100);
  }

  override onJoin(): void {
    story.push('join');
    this.#trapped('onJoin');
  }

  override onDrop(client: Client, code?: number): void {
    void super.onDrop(client, code);
    this.#trapped('onDrop');
  }

  override onReconnect(): void {
    this.#trapped('onReconnect');
  }

  override onLeave(): void {
    story.push('leave');
    this.#trapped('onLeave');
  }

  override onDispose(): void {
    this.#story.push('dispose');
  }

  #failAt(where: string): void {
    if (where === 'message') this.#spoil();
    else if (where === 'timer') this.clock.setTimeout(() => this.#spoil(), 1);
    else if (where === 'interval') this.clock.setInterval(() => this.#spoilLater(), 1);
    else this.#inStep = where;
  }

  #trapped(place: string): void {
    if (trap !== place) return;
    trap = '';
    this.#spoil();
  }

  #spoil(): void {
    this.state.spoilt = true;
    failure();
  }

  async #spoilLater(): Promise<void> {
    await Promise.resolve();
    this.#spoil();
  }
}

class FreshGame extends FailingGame {
  override onCreate(): Promise<void> {
    return new Promise((failing) => {
      const step = (): void => {
        failing();
        failure();
      };
      this.setFixedTimestep(step, 100);
    });
  }
}

class OwnGame extends FailingGame {
  override onUncaughtException(error: Error): void {
    story.push(`own: ${(error.cause as Error).message}`);
  }
}

let server: InProcessServer;
let store: MemoryStore;
let keepers: RoomKeepers;

const gameOf = (roomId: string): FailingGame => matchMaker.getLocalRoomById(roomId) as FailingGame;
const epochOf = (roomId: string): number => store.rooms.get(roomId)!.epoch;
const say = (client: InProcessClient, type: string, argument = ''): void =>
  client.say(`0d ${text(type)} ${argument === '' ? '' : text(argument)}`);
const text = (of: string): string => `a${of.length.toString(16)} ${Buffer.from(of).toString('hex')}`;

beforeEach(async () => {
  story = [];
  trap = '';
  jest.spyOn(logger, 'error').mockImplementation(() => {});
  store = new MemoryStore();
  server = await InProcessServer.start({ game: FailingGame, fresh: FreshGame, own: OwnGame });
});

afterEach(async () => {
  roomKeeping.current = undefined;
  await server.stop();
  jest.restoreAllMocks();
});

function keep(): void {
  keepers = new RoomKeepers({
    store,
    node: () => 'a',
    takeUpSession: (...session) => server.transport.takeUpSession(...session),
    random: () => 0.5,
    timings: { flushMs: 20, snapshotMs: 60 },
  });
  roomKeeping.current = keepers;
}

/** A client in a game of its own, whose score of 5 is in the store. */
async function playing(): Promise<InProcessClient> {
  const client = await server.join('game');
  client.say('0d a5 73 63 6f 72 65 05');
  await until('it is acknowledged', () => client.read() >= 0 && client.session.kept.messages === 0);
  return client;
}

async function restarted(roomId: string, epoch: number): Promise<FailingGame> {
  await until(
    'it runs again',
    () => epochOf(roomId) === epoch && keepers.keeperOf(roomId)?.epoch === epoch && gameOf(roomId) !== undefined,
  );
  return gameOf(roomId);
}

const FAILED = { code: CloseReason.RoomFailed, reason: 'the room failed and cannot go on' };

describe('a room whose own code fails', () => {
  beforeEach(keep);

  it.each(['step', 'async step', 'timer', 'interval', 'message'])(
    'begins again as it was kept, after a throw in a %s; who was there comes back, and nobody hears of it',
    async (place) => {
      const ada = await playing();
      const { roomId } = ada;
      const before = gameOf(roomId);
      say(ada, 'fail', place);
      const after = await restarted(roomId, 2);
      expect(after).not.toBe(before);
      expect([after.state.score, after.state.spoilt]).toEqual([5, false]);
      expect(ada.ws.closes.map(({ code }) => code)).toEqual([4_010]);
      await ada.resume();
      say(ada, 'score');
      expect(after.clients.length).toBe(1);
      expect(story).toEqual(['new', 'join', 'restored']);
    },
  );

  it('is not told again what it failed at, and is told all else', async () => {
    const ada = await playing();
    const { roomId } = ada;
    ada.say('0d a5 73 63 6f 72 65 02', `0d ${text('later')}`, '0d a5 73 63 6f 72 65 03');
    await restarted(roomId, 2);
    await ada.resume();
    expect(gameOf(roomId).state.score).toBe(10);
    await until('it is acknowledged', () => ada.read() >= 0 && ada.session.kept.messages === 0);
    expect(epochOf(roomId)).toBe(2);
  });

  it('takes no tick from the others', async () => {
    const [ada, other] = [await playing(), await matchMaker.createRoom('game', {})];
    const room = gameOf(other.roomId);
    const epoch = epochOf(other.roomId);
    say(ada, 'fail', 'step');
    await restarted(ada.roomId, 2);
    expect([gameOf(other.roomId) === room, epochOf(other.roomId)]).toEqual([true, epoch]);
    const { made } = room.tickCounts;
    await until('it ticks on', () => room.tickCounts.made > made);
    expect(room.droppedTicks).toBe(0);
  });

  it.each(['onJoin', 'onDrop', 'onLeave', 'onReconnect'])('begins again after a throw in %s', async (place) => {
    const ada = await playing();
    const { roomId } = ada;
    const bob = await server.join('game');
    expect(bob.roomId).toBe(roomId);
    await until('both are kept', () => store.rooms.get(roomId)!.seats.size === 2);
    trap = place;
    if (place === 'onJoin') await (await server.seat('game')).connect();
    else if (place === 'onDrop') bob.ws.end(1006);
    else if (place === 'onLeave') bob.say('0c');
    else {
      bob.ws.end(1006);
      await until('it is lost', () => gameOf(roomId).clients.length === 1);
      bob.beginResume();
    }
    const after = await restarted(roomId, 2);
    expect([after.state.score, after.state.spoilt]).toEqual([5, false]);
    await ada.resume();
    expect(after.clients.length).toBe(1);
    expect(story.filter((line) => line === 'dispose')).toEqual([]);
  });

  it('is closed when it fails for the fourth time in a minute, whoever had it, and what there was is kept aside', async () => {
    const ada = await playing();
    const { roomId } = ada;
    for (let epoch = 1; epoch <= 3; epoch++) {
      say(ada, 'fail', 'message');
      await restarted(roomId, epoch + 1);
      await ada.resume();
    }
    say(ada, 'fail', 'message');
    await until('it is closed', () => ada.ws.closes.length === 1);
    expect(ada.ws.closes).toEqual([FAILED]);
    await until('the store knows', () => !keepers.holds(roomId));
    expect(await store.owner(roomId)).toBeUndefined();
    expect(store.aside.get(roomId)!.snapshots.length).toBe(2);
    expect(gameOf(roomId)).toBeUndefined();
    await ada.resume(); // it was told, and comes all the same
    expect(ada.ws.closes).toEqual([{ ...FAILED, reason: 'the session ended while the connection was away' }]);
  });

  it('counts from anew when the minute is over', async () => {
    let nowMs = 0;
    store = new MemoryStore({ now: () => nowMs });
    keep();
    const ada = await playing();
    for (let epoch = 1; epoch <= 5; epoch++) {
      nowMs += 20_001;
      say(ada, 'fail', 'message');
      await restarted(ada.roomId, epoch + 1);
      await ada.resume();
    }
    expect(gameOf(ada.roomId).clients.length).toBe(1);
  });

  it('is not meant where it refuses a client', async () => {
    const ada = await playing();
    say(ada, 'refuse');
    await until('it is closed', () => ada.ws.closes.length === 1);
    expect(ada.ws.closes[0]!.code).toBe(4_002);
    expect(epochOf(ada.roomId)).toBe(1);
  });

  it('and that is not made yet is not made', async () => {
    await expect(matchMaker.createRoom('fresh', {})).rejects.toThrow('failed before it was there');
    expect(keepers.size).toBe(0);
  });

  it('handles that itself where it has a handler', async () => {
    const ada = await server.join('own');
    for (const place of ['step', 'timer', 'message']) {
      story = [];
      say(ada, 'fail', place);
      await until('it was told', () => story.length > 0);
      expect(story).toEqual(['own: as a game does it']);
    }
    expect(epochOf(ada.roomId)).toBe(1);
  });
});

describe('a room whose own code fails, and that nothing keeps', () => {
  it('plays on after a message, and a join: whose they were is told', async () => {
    const [ada, bob] = [await server.join('game'), await server.join('game')];
    const room = gameOf(ada.roomId);
    say(bob, 'fail', 'message');
    expect(bob.ws.closes.map(({ code }) => code)).toEqual([4_002]);
    say(ada, 'later');
    await until('it is closed', () => ada.ws.closes.length === 1);
    expect(ada.ws.closes[0]!.code).toBe(4_002);
    trap = 'onJoin';
    const eve = await server.seat('game');
    await eve.connect();
    expect(eve.ws.closes.map(({ code }) => code)).toEqual([4_002]);
    expect([gameOf(eve.roomId), room.faults.hasFailed]).toEqual([room, false]);
  });

  it.each(['step', 'timer'])('ends with a code that says so after a %s', async (place) => {
    const ada = await server.join('game');
    say(ada, 'fail', place);
    await until('it is closed', () => ada.ws.closes.length === 1);
    expect(ada.ws.closes).toEqual([FAILED]);
    await until('it is gone', () => gameOf(ada.roomId) === undefined);
    expect(story).toEqual(['new', 'join', 'leave', 'dispose']);
  });
});
