import { randomBytes } from 'node:crypto';
import { Decoder, Encoder, schema, t } from '@colyseus/schema';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { connect } from '../client/connect.ts';
import type { FramedConnection } from '../client/framed-connection.ts';
import { LiveRoom } from '../server/room/live-room.ts';
import { MAX_CATCHUP_STEPS } from '../server/room/tick-loop.ts';
import { type RunningServer, serve } from '../server/serve.ts';
import type { RoomSocket } from '../server/transport/room-socket.ts';
import { DEFAULT_CONNECTION_LIMITS } from '../server/transport/transport-options.ts';
import { MessageCode, messageCode } from '../shared/wire/colyseus-message.ts';
import { CourseInput, CourseRoom } from './support/course.ts';
import { RawClient } from './support/raw-client.ts';
import { until } from './support/until.ts';

/** Beside one that is slow over frames and one of plain Colyseus. */
const OTHERS = 7;
/** In each patch: a megabyte a second, so that the kernel's buffers, of some megabytes, are soon full. */
const NOISE_BYTES = 18_000;
/** What a patch is at most on the wire; in base64 it is a third more than the noise, before it is compressed. */
const PATCH_BYTES = NOISE_BYTES * 1.4;
/** For how long nothing more goes out to the slow ones. */
const STALLED_TICKS = 60;

const NoisyState = schema({ noise: t.string() }, 'NoisyState');

/** A room whose state is another each tick, and does not shrink. */
class NoisyRoom extends LiveRoom {
  static newest: NoisyRoom;
  override state = new NoisyState();
  override inputs = this.defineInput(CourseInput);
  /** How many ticks it has made, and which of them was at which time of its clock. */
  tick = 0;
  readonly #tickAt = new Map<number, number>();
  /** The last states, by their tick. */
  readonly recent = new Map<number, string>();
  onStep: () => void = () => {};

  override onCreate(): void {
    NoisyRoom.newest = this;
    this.setFixedTimestep(() => this.#step());
  }

  /** The tick of a timed message. */
  tickOf(message: Uint8Array): number {
    return this.#tickAt.get(new DataView(message.buffer, message.byteOffset).getUint32(1, true))!;
  }

  socketOf(sessionId: string): RoomSocket {
    return this.clients.get(sessionId)!.ref as unknown as RoomSocket;
  }

  #step(): void {
    this.tick++;
    this.#tickAt.set(Math.floor(this.clock.elapsedTime), this.tick);
    this.state.noise = randomBytes(NOISE_BYTES).toString('base64');
    this.recent.set(this.tick, this.state.noise);
    this.recent.delete(this.tick - 1_000);
    this.onStep();
  }
}

/** The ticks that a client is shown, and which of them it was sent whole. */
class Followed {
  readonly ticks: number[] = [];
  readonly wholes: number[] = [];

  constructor(room: NoisyRoom, client: RawClient, apply: (message: Uint8Array, tick: number) => void = () => {}) {
    client.onState = (message) => {
      const tick = room.tickOf(message);
      this.ticks.push(tick);
      if (messageCode(message) === MessageCode.RoomState) this.wholes.push(tick);
      apply(message, tick);
    };
  }

  get tick(): number {
    return this.ticks.at(-1) ?? 0;
  }

  /** Ticks that did not come behind the one before. */
  get gaps(): number[] {
    return this.ticks.slice(1).filter((tick, i) => tick !== this.ticks[i]! + 1);
  }
}

let server: RunningServer;

beforeAll(async () => {
  Encoder.BUFFER_SIZE = 64 * 1_024;
  server = await serve({ rooms: { noisy: NoisyRoom, course: CourseRoom }, port: 0, handleSignals: false });
});

afterAll(async () => {
  await server.close();
});

const join = (framed: boolean): Promise<RawClient> => RawClient.join(`127.0.0.1:${server.port}`, 'noisy', framed);

/** A client that stops reading: what it is shown, and what waits for it. */
class Slow {
  readonly client: RawClient;
  readonly socket: RoomSocket;
  readonly shown: Followed;
  /** Ticks whose state came out as another one. */
  readonly wrong: number[] = [];
  waitedMostBytes = 0;
  /** The tick with which nothing was sent any more, and that with which all had left. */
  stalledAt = Infinity;
  drainedAt = Infinity;
  #drainedInWake: number | undefined;

  constructor(room: NoisyRoom, client: RawClient) {
    this.client = client;
    this.socket = room.socketOf(client.sessionId);
    const decoder = new Decoder(new NoisyState());
    this.shown = new Followed(room, client, (message, tick) => {
      if (tick < this.stalledAt) return; // what the kernel held: there is much of it, and it says nothing
      decoder.decode(message as Buffer, { offset: 9 });
      if (room.recent.has(tick) && decoder.state.noise !== room.recent.get(tick)) this.wrong.push(tick);
    });
  }

  /** Looks at its socket, in each step. A room that woke up late makes several at once, and then sends: the last counts. */
  look(tick: number, wake: number): void {
    const { bufferedAmount, takesState } = this.socket;
    this.waitedMostBytes = Math.max(this.waitedMostBytes, bufferedAmount);
    if (!takesState) this.stalledAt = Math.min(this.stalledAt, tick);
    if (this.stalledAt === Infinity || bufferedAmount > 0) return;
    this.#drainedInWake ??= wake;
    if (this.#drainedInWake === wake) this.drainedAt = tick;
  }
}

describe('clients that do not read', () => {
  it('[S14] [A14] have the server hold little, cost nobody else a tick, and are level once they read', async () => {
    const framed = await join(true);
    const plain = await join(false);
    const others: RawClient[] = [];
    while (others.length < OTHERS) others.push(await join(true));
    const room = NoisyRoom.newest;
    expect(room.clients).toHaveLength(2 + OTHERS);
    const slow = [new Slow(room, framed), new Slow(room, plain)];
    const all = (condition: (each: Slow) => boolean) => (): boolean => slow.every(condition);
    const followedByOthers = others.map((other) => new Followed(room, other));

    let wake = 0;
    room.onStep = () => {
      queueMicrotask(() => wake++);
      for (const each of slow) each.look(room.tick, wake);
    };
    await until(
      'they are shown the state',
      all(({ shown }) => shown.ticks.length > 3),
    );
    for (const { client } of slow) client.stopReading();
    await until(
      'nothing more goes out to them',
      all(({ stalledAt }) => stalledAt < Infinity),
      40_000,
    );
    const waitingBytes = slow.map(({ socket }) => socket.bufferedAmount);
    const { tick: stalled } = room;
    await until('that was so for long', () => room.tick > stalled + STALLED_TICKS);
    expect(slow.map(({ drainedAt, socket }) => [drainedAt, socket.takesState])).toEqual(
      slow.map(() => [Infinity, false]),
    );
    slow.forEach(({ socket, waitedMostBytes }, i) => {
      expect(socket.bufferedAmount - waitingBytes[i]!).toBeLessThan(500); // some PINGs
      // One time that the room wakes up makes at most so many patches.
      const mostBytes = DEFAULT_CONNECTION_LIMITS.maxBufferedStateBytes + MAX_CATCHUP_STEPS * PATCH_BYTES;
      expect(waitedMostBytes).toBeLessThan(mostBytes);
    });

    for (const { client } of slow) client.readOn();
    await until(
      'they are level',
      all(({ shown }) => shown.tick > stalled + STALLED_TICKS),
      20_000,
    );
    const { tick } = room;
    await until(
      'they play on',
      all(({ shown }) => shown.tick > tick + 60),
      20_000,
    );
    for (const { shown, wrong, waitedMostBytes, stalledAt, drainedAt } of slow) {
      console.info(
        `${waitedMostBytes} bytes waited at most; nothing sent from tick ${stalledAt}, drained at ${drainedAt}, ` +
          `whole state of ${shown.wholes.join()}`,
      );
      expect(shown.wholes).toHaveLength(1);
      expect(shown.wholes[0]! - drainedAt).toBeLessThanOrEqual(2);
      expect([shown.gaps, wrong]).toEqual([shown.wholes, []]);
    }
    const missed = followedByOthers.map(({ gaps, wholes }) => [gaps, wholes]);
    expect(missed).toEqual(others.map(() => [[], []]));
    expect([framed, plain, ...others].every(({ open }) => open)).toBe(true);
    for (const client of [framed, plain, ...others]) client.end();
  }, 90_000);
});

describe('a client that cannot trust its state', () => {
  it('[S16] asks once, gets the whole of it, and plays on', async () => {
    const room = await connect<CourseRoom>(`http://127.0.0.1:${server.port}`, {
      room: 'course',
      join: { name: 'Ada' },
    });
    const { connection } = room as unknown as { connection: FramedConnection };
    await until('it plays', () => room.state.tick > 10);
    const own = room.state.runners.get(room.sessionId)!;
    own.name = 'broken';
    const { tick } = room.state;
    await until('the state goes on', () => room.state.tick > tick + 10);
    expect(own.name).toBe('broken');

    const { messagesOut } = room.stats;
    for (let i = 0; i < 100; i++) connection.requestKeyframe();
    expect(room.stats.messagesOut).toBe(messagesOut + 1);
    await until('it is mended', () => own.name === 'Ada');
    expect(room.state.runners.get(room.sessionId)).toBe(own);
    const mendedAt = room.state.tick;
    await until('the state goes on', () => room.state.tick > mendedAt + 10);
    expect(room.stats.reconnects).toBe(0);
    await room.leave();
  });
});
