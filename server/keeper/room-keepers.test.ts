import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { type Client, CloseCode, matchMaker } from '@colyseus/core';
import { schema, t } from '@colyseus/schema';
import { InProcessClient, InProcessServer } from '../../test/support/in-process.ts';
import { until, untilAnswer } from '../../test/support/until.ts';
import { settled } from '../../test/support/virtual-timers.ts';
import { IDS_AHEAD } from '../archive/state-builder.ts';
import { LiveRoom } from '../room/live-room.ts';
import { roomKeeping } from '../room/room-keep.ts';
import { refIdOf } from '../../shared/schema/tracked.ts';
import { RoomSessions } from '../session/room-sessions.ts';
import { MemoryStore } from '../store/memory-store.ts';
import { letGo } from './let-go.ts';
import type { Ownership } from '../store/room-store.ts';
import { type KeptRoom, readStored } from './restore-room.ts';
import type { Fenced } from '../failover/fence.ts';
import type { RoomFencing } from './keeper-options.ts';
import type { RoomKeeper } from './room-keeper.ts';
import { RoomKeepers } from './room-keepers.ts';

const Player = schema({ name: t.string(), score: t.number() }, 'Player');
const State = schema({ players: t.map(Player), round: t.number() }, 'State');

/** What rooms went through, over all "nodes". */
let story: string[] = [];

class KeptGame extends LiveRoom {
  override state = new State();
  override maxClients = 3;
  override messages = {
    score: (client: Client, points: number) => (this.state.players.get(client.sessionId)!.score += points),
  };
  override reconnectionSeconds = 2; // core's timer lasts as long, whatever comes first
  secret = 0;

  override onCreate(options: { round?: number }): void {
    story.push(`create ${this.isRestored ? 'restored' : 'new'} ${options.round}`);
    this.state.round = options.round ?? 0;
    this.setFixedTimestep(({ tick }) => (this.secret = tick), 100);
  }

  override onJoin(client: Client, { name }: { name: string }): void {
    story.push(`join ${name}`);
    client.auth = { account: name };
    this.state.players.set(client.sessionId, new Player().assign({ name, score: 0 }));
  }

  override onDrop(client: Client, code?: number): void {
    void super.onDrop(client, code);
    story.push(`drop ${this.state.players.get(client.sessionId)?.name}`);
  }

  override onReconnect(client: Client): void {
    story.push(`reconnect ${(client.auth as { account: string }).account}`);
  }

  override onLeave(client: Client): void {
    story.push(`leave ${this.state.players.get(client.sessionId)?.name}`);
    this.state.players.delete(client.sessionId);
  }

  override onCacheClient({ userData }: Client): unknown {
    return userData;
  }

  override onRestoreClient(client: Client, cached: unknown): void {
    client.userData = cached;
  }

  override onCacheRoom(): { secret: number } {
    return { secret: this.secret };
  }

  override onRestoreRoom({ secret }: { secret: number }): void {
    story.push(`restore ${secret > 8}`);
    this.secret = secret;
  }
}

class UnkeptGame extends LiveRoom {
  override state = new (schema({ things: t.stream(Player) }, 'Streamed'))();
}

class BriefGame extends KeptGame {
  override outlivesNode = false;
}

let server: InProcessServer;
let store: MemoryStore;
let warned: string[];

/** This process as the node of that name, which knows nothing of what it kept as another. */
function become(node: string, snapshotMs = 200, flushMs = 20, fence?: RoomFencing): RoomKeepers {
  const log = { info: () => {}, warn: ({ detail }: { detail?: string }) => void warned.push(detail ?? '') } as never;
  const keepers = new RoomKeepers({
    store,
    node: () => node,
    takeUpSession: (...session) => server.transport.takeUpSession(...session),
    random: () => 0.5,
    log,
    timings: { flushMs, snapshotMs },
    ...(fence === undefined ? {} : { fence: () => fence }),
  });
  roomKeeping.current = keepers;
  return keepers;
}

const gameOf = (roomId: string): KeptGame => matchMaker.getLocalRoomById(roomId) as KeptGame;
const inStore = async (roomId: string) => readStored(await store.load(roomId));

/** The room goes to another node; whoever had it finds out with its next write. */
async function takeOver(roomId: string, from: string, to: string): Promise<KeptRoom> {
  const before = gameOf(roomId);
  const claim = await store.claim(roomId, { node: to }, { node: from });
  if (!claim.won) throw new Error('not won');
  await until('the old owner let go', () => gameOf(roomId) !== before);
  const kept = await inStore(roomId);
  await become(to).adopt(roomId, claim.owner);
  return kept;
}

beforeEach(async () => {
  story = [];
  warned = [];
  store = new MemoryStore();
  server = await InProcessServer.start({ game: KeptGame, unkept: UnkeptGame, brief: BriefGame });
});

afterEach(async () => {
  roomKeeping.current = undefined;
  await server.stop();
});

async function joined(name: string, roomName = 'game'): Promise<InProcessClient> {
  return server.join(roomName, { name, round: 7 });
}

describe('rooms that outlive their node', () => {
  it('are in the store before anybody joins, and go from it when they end', async () => {
    const keepers = become('a');
    const { roomId } = await matchMaker.createRoom('game', { round: 7 });
    expect(await store.owner(roomId)).toEqual({ roomId, node: 'a', epoch: 1 });
    expect(keepers.holds(roomId)).toBe(true);
    await gameOf(roomId).disconnect();
    await until('it has ended', () => !keepers.holds(roomId));
    expect(await store.owner(roomId)).toBeUndefined();
  });

  it('say when a tick is over, and its clients have been sent it; also where no tick comes', async () => {
    const keepers = become('a');
    const ada = await joined('Ada');
    const { roomId } = ada;
    const [keeper, game] = [keepers.keeperOf(roomId)!, gameOf(roomId)];
    const flushed: number[] = [];
    const socket = game.clients[0]!.ref as unknown as { flush(): void };
    const flush = socket.flush.bind(socket);
    socket.flush = () => void (flush(), flushed.push(game.tickCounts.made));
    await until('it ticks', () => flushed.length > 1);
    const before = game.tickCounts.made;
    await keeper.tickOver(60_000);
    expect(game.tickCounts.made).toBeGreaterThan(before);
    expect(flushed.at(-1)).toBe(game.tickCounts.made);
    game.pauseTicks();
    const { made } = game.tickCounts;
    await keeper.tickOver(5);
    expect(game.tickCounts.made).toBe(made);
  });

  it('go on elsewhere: state, clock, ticks, memory, listing, and sessions with what was said to them', async () => {
    become('a');
    const ada = await joined('Ada');
    const bob = await joined('Bob');
    const { roomId } = ada;
    const before = gameOf(roomId);
    await before.setMetadata({ map: 'north' });
    await before.lock();
    ada.say('0d a5 73 63 6f 72 65 05'); // score, 5
    before.clients.get(bob.sessionId)!.send('hi', 1);
    const said = Math.max(10, before.tickCounts.made); // the step that `restore` looks for has been made, too
    await until(
      'all of it is in the store',
      () => (before.roomKeep as never as { durableTick: number }).durableTick > said,
    );
    const ships = new Map(before.state.players);
    story = [];

    const { record } = await takeOver(roomId, 'a', 'b');
    const after = gameOf(roomId);
    expect(after).not.toBe(before);
    expect(story).toEqual(['create restored 7', 'restore true', 'drop Ada', 'drop Bob']);
    expect([...after.state.players.values()].map(({ name, score }) => [name, score])).toEqual([
      ['Ada', 5],
      ['Bob', 0],
    ]);
    for (const [id, ship] of ships) expect(refIdOf(after.state.players.get(id)!)).toBe(refIdOf(ship));
    const next = new Player().assign({ name: 'next' });
    after.state.players.set('next', next);
    expect(Math.floor(refIdOf(next)! / IDS_AHEAD)).toBe(1); // clients may have heard of others below that
    after.state.players.delete('next');
    expect(after.clock.elapsedTime).toBeGreaterThanOrEqual(record.elapsedMs);
    expect(after.tickCounts.made).toBe(after.tickCounts.next); // they were the same in the room's first life
    expect(after.tickCounts.next).toBeGreaterThanOrEqual(record.nextTick);
    expect(after.metadata).toEqual({ map: 'north' });
    expect(after.locked).toBe(true);
    expect((await matchMaker.query({ roomId }))[0]).toMatchObject({
      clients: 2,
      locked: true,
      metadata: { map: 'north' },
    });
    expect((await store.owner(roomId))!.node).toBe('b');

    story = [];
    await ada.resume();
    await bob.resume();
    expect(story).toEqual(['reconnect Ada', 'reconnect Bob']);
    expect(bob.heard()).toEqual(['0d a2 68 69 01']);
    ada.say('0d a5 73 63 6f 72 65 02');
    expect(after.state.players.get(ada.sessionId)!.score).toBe(7);
  });

  it('are opened by the newest token, also one that was given out and not kept yet, and by no other', async () => {
    become('a');
    const ada = await joined('Ada');
    const first = ada.token;
    await until('the seat is kept', () => store.rooms.get(ada.roomId)!.seats.size === 1);
    ada.ws.end(1006);
    await until('it is lost', () => story.includes('drop Ada'));
    await ada.resume();
    expect(ada.token).not.toBe(first);
    await takeOver(ada.roomId, 'a', 'b');
    const thief = new InProcessClient((ws, url) => server.upgrade(ws, url), ada.roomId, ada.sessionId);
    await thief.resume('x'.repeat(24));
    expect(story).not.toContain('leave Ada');
    await ada.resume();
    expect(story.at(-1)).toBe('reconnect Ada');
    const seats = JSON.stringify(
      [...store.rooms.get(ada.roomId)!.seats.values()].map((seat) => Buffer.from(seat).toString('latin1')),
    );
    expect([seats.includes(ada.token), seats.includes(first)]).toEqual([false, false]);
  });

  it('acknowledge what clients say when what it did is kept; what is not kept is said again elsewhere, and counts once', async () => {
    become('a', 60_000, 60_000);
    const ada = await joined('Ada');
    const { roomId } = ada;
    await until('the seat is kept', () => store.rooms.get(roomId)!.seats.size === 1);
    ada.say('0d a5 73 63 6f 72 65 05');
    const before = gameOf(roomId);
    expect(before.state.players.get(ada.sessionId)!.score).toBe(5);
    const { made } = before.tickCounts;
    await until('some ticks were sent', () => before.tickCounts.made > made + 5);
    ada.read();
    expect(ada.session.kept.messages).toBe(1);

    const claim = await store.claim(roomId, { node: 'b' }, { node: 'a' });
    void letGo(before); // as if it had died: it wrote nothing more
    await until('it is gone', () => gameOf(roomId) === undefined);
    await become('b').adopt(roomId, (claim as { owner: Ownership }).owner);
    const player = gameOf(roomId).state.players.get(ada.sessionId)!;
    expect(player.score).toBe(0);
    await ada.resume();
    expect(player.score).toBe(5);
    await until('it is acknowledged', () => ada.read() >= 0 && ada.session.kept.messages === 0);
    ada.ws.end();
    await until('it is lost', () => story.filter((line) => line === 'drop Ada').length === 2);
    await ada.resume();
    expect(player.score).toBe(5);
  });

  it('[S19] tell a client whose join was answered and not kept that its session is over', async () => {
    become('a');
    const [ada, eve] = [await joined('Ada'), await joined('Eve')];
    const { roomId } = ada;
    await until('both are kept', () => store.rooms.get(roomId)!.seats.size === 2);
    const claim = await store.claim(roomId, { node: 'b' }, { node: 'a' });
    await until('it is gone', () => gameOf(roomId) === undefined);
    store.rooms.get(roomId)!.seats.delete(eve.sessionId); // as if the node had died before
    await become('b').adopt(roomId, (claim as { owner: Ownership }).owner);
    await eve.resume();
    expect(eve.ws.closes.map(({ code }) => code)).toEqual([CloseCode.FAILED_TO_RECONNECT]);
    await ada.resume();
    expect([gameOf(roomId).clients.length, ada.ws.closes.length]).toEqual([1, 0]);
  });

  it('let go of seats that nobody comes back for, as any room does', async () => {
    become('a');
    const ada = await joined('Ada');
    await until('the seat is kept', () => store.rooms.get(ada.roomId)!.seats.size === 1);
    await takeOver(ada.roomId, 'a', 'b');
    RoomSessions.of(gameOf(ada.roomId)).get(ada.sessionId)!.giveUp!();
    await until('the room has ended', () => gameOf(ada.roomId) === undefined);
    expect(story.filter((line) => line === 'leave Ada')).toEqual(['leave Ada']);
  });

  it('keep what the room says of a client, and what is left of the time to come back, in which the outage does not count', async () => {
    become('a');
    const [ada, bob] = [await joined('Ada'), await joined('Bob')];
    const { roomId } = ada;
    const before = gameOf(roomId);
    before.clients.get(ada.sessionId)!.userData = { team: 'red' };
    bob.ws.end(1006);
    await until('he is lost', () => story.includes('drop Bob'));
    const { keptUntilMs } = RoomSessions.of(before).get(bob.sessionId)!;
    expect(keptUntilMs).toBeGreaterThan(before.clock.elapsedTime);
    const kept = await untilAnswer(
      'both are kept',
      () => inStore(roomId),
      ({ seats, record }) => {
        const isLate = record.elapsedMs > keptUntilMs! - 1_900;
        return (
          isLate && seats.get(ada.sessionId)?.cache !== undefined && seats.get(bob.sessionId)?.keptUntilMs !== undefined
        );
      },
    );
    expect(kept.seats.get(bob.sessionId)!.keptUntilMs).toBe(keptUntilMs);
    expect(kept.seats.get(ada.sessionId)!.keptUntilMs).toBeUndefined();

    await takeOver(roomId, 'a', 'b');
    const after = gameOf(roomId);
    const sessions = RoomSessions.of(after);
    expect(sessions.get(bob.sessionId)!.keptUntilMs).toBe(keptUntilMs); // on a clock that stood still meanwhile
    expect(sessions.get(ada.sessionId)!.keptUntilMs).toBeGreaterThan(keptUntilMs!); // she has all of her time
    await ada.resume();
    expect(after.clients.get(ada.sessionId)!.userData).toEqual({ team: 'red' });
    expect(sessions.get(ada.sessionId)!.keptUntilMs).toBeUndefined();
  });

  it('say once why those that cannot be kept cannot, and leave alone those that are not to be', async () => {
    const keepers = become('a');
    for (const name of ['unkept', 'unkept', 'brief']) {
      const { roomId } = await matchMaker.createRoom(name, {});
      expect(await store.owner(roomId)).toBeUndefined();
      expect(keepers.holds(roomId)).toBe(false);
    }
    expect(warned).toEqual([expect.stringMatching(/things/)]);
  });

  it('journal what happens between two snapshots, and a state that was replaced', async () => {
    become('a', 60_000);
    const ada = await joined('Ada');
    const game = gameOf(ada.roomId);
    ada.say('0d a5 73 63 6f 72 65 05');
    await untilAnswer(
      'the score is kept',
      () => inStore(ada.roomId),
      ({ deltas }) => deltas.length > 0,
    );
    const other = new State();
    other.round = 99;
    game.state = other;
    const owner = (): number => store.rooms.get(ada.roomId)!.epoch;
    await until('the journal begins anew', () => owner() === 2);
    await takeOver(ada.roomId, 'a', 'b');
    expect(gameOf(ada.roomId).state.round).toBe(99);
  });

  it('are still this node’s while their journal begins anew and no answer has come to that', async () => {
    const rooms: Fenced[] = [];
    const guard = (room: Fenced) => (rooms.push(room), { isFenced: () => false, end: () => {} });
    const keepers = become('a', 200, 20, { term: 0, now: () => 0, guard });
    const { roomId } = await joined('Ada');
    const answer = Promise.withResolvers<void>();
    const begin = store.begin.bind(store);
    store.begin = async (...begun) => {
      const owner = await begin(...begun);
      await answer.promise;
      return owner;
    };
    store.empty();
    await untilAnswer(
      'it is in the store again',
      () => store.owner(roomId),
      (owner) => owner !== undefined,
    );
    expect(await store.owner(roomId)).toEqual({ roomId, node: 'a', epoch: 2 });
    expect(keepers.keeperOf(roomId)!.epoch).toBe(1);
    expect(await rooms[0]!.stillOwned()).toBe(true);
    answer.resolve();
    await until('the answer is there', () => keepers.keeperOf(roomId)!.epoch === 2);
    expect(await rooms[0]!.stillOwned()).toBe(true);
    const { epoch } = (await store.owner(roomId))!;
    expect((await store.claim(roomId, { node: 'a' }, { node: 'a', epoch })).won).toBe(true);
    expect(await rooms[0]!.stillOwned()).toBe(false); // claimed anew, if by this node: for another room of this name
  });

  it('say when they stand still no more: they go on here, or are let go', async () => {
    const rooms: Fenced[] = [];
    let isClosed = false;
    const guard = (room: Fenced) => (rooms.push(room), { isFenced: () => isClosed, end: () => {} });
    const keepers = become('a', 200, 20, { term: 0, now: () => 0, guard });
    const { roomId } = await joined('Ada');
    const keeper = keepers.keeperOf(roomId)!;
    await keeper.standsNoMore();
    const story: string[] = [];
    const note = (what: string) => void keeper.standsNoMore().then(() => story.push(what));
    keeper.freeze(false);
    note('goes on');
    expect(await keeper.isWritten(10_000)).toBe(true);
    expect(story).toEqual([]);
    keeper.thaw();
    await until('it goes on', () => story.length === 1);
    keeper.freeze(false);
    note('goes on again');
    expect(await keeper.isWritten(10_000)).toBe(true);
    expect(story).toEqual(['goes on']);
    isClosed = true;
    keeper.thaw();
    await settled();
    expect(story).toEqual(['goes on']); // its node may be held dead
    isClosed = false;
    rooms[0]!.resumed();
    await until('its node is alive', () => story.length === 2);
    keeper.freeze(false);
    note('is let go');
    keepers.handedOver(keeper, undefined);
    await until('it is let go', () => story.length === 3);
    await keeper.standsNoMore();
    expect(story).toEqual(['goes on', 'goes on again', 'is let go']);
  });

  it('are written down in the turn of another one when they are due within two ticks, and after that rarely enough', async () => {
    const keepers = become('a', 60_000, 40); // every fourth tick
    const rooms: string[] = [];
    for (let i = 0; i < 3; i++) rooms.push((await matchMaker.createRoom('game', {})).roomId);
    rooms.forEach((roomId) => gameOf(roomId).pauseTicks());
    const [a, b, c] = rooms.map((roomId) => keepers.keeperOf(roomId)!) as [RoomKeeper, RoomKeeper, RoomKeeper];
    const written: string[] = [];
    const { append } = store;
    store.append = (owner, ...entries) => {
      written.push('abc'[rooms.indexOf(owner.roomId)]!);
      return append.call(store, owner, ...entries);
    };
    const at = (keeper: RoomKeeper, made: number): void => {
      keeper.room.tickCounts = { next: made, made };
      gameOf(keeper.room.roomId).secret = made;
    };
    const ticked = async (keeper: RoomKeeper): Promise<string> => {
      written.length = 0;
      keeper.ticked(keeper.room.tickCounts.made);
      await Promise.all([a, b, c].map((each) => each.settled()));
      return written.join('');
    };
    for (const keeper of [a, b, c]) at(keeper, 1_000);
    await Promise.all([a, b, c].map((each) => each.settled()));
    expect(await ticked(a)).toBe('abc');
    expect(await ticked(b)).toBe('');
    at(a, 1_004);
    at(b, 1_003);
    at(c, 1_002);
    expect(await ticked(a)).toBe('ab');
    at(c, 1_004);
    expect(await ticked(c)).toBe('');
    at(c, 1_005);
    expect(await ticked(c)).toBe('c');
  });
});
