import { randomBytes } from 'node:crypto';
import { Encoder, schema, t } from '@colyseus/schema';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { SchemaSerializer } from 'colyseus.js';
import { connect } from '../client/connect.ts';
import type { FramedConnection } from '../client/framed-connection.ts';
import { LiveSerializer as LiveReader } from '../client/live-serializer.ts';
import { LiveRoom } from '../server/room/live-room.ts';
import { LiveSerializer } from '../server/room/live-serializer.ts';
import { MAX_CATCHUP_STEPS } from '../server/room/tick-loop.ts';
import { type RunningServer, serve } from '../server/serve.ts';
import type { RoomSocket } from '../server/transport/room-socket.ts';
import { DEFAULT_CONNECTION_LIMITS } from '../server/transport/transport-options.ts';
import { angle, fixed, live, quaternion } from '../shared/live/live.ts';
import { CLOCK_PREFIX_BYTES } from '../shared/wire/clock-prefix.ts';
import { MessageCode, messageCode } from '../shared/wire/colyseus-message.ts';
import { CourseInput, CourseRoom } from './support/course.ts';
import { RawClient } from './support/raw-client.ts';
import { until } from './support/until.ts';

/** Beside one that is slow over frames and one of plain Colyseus. */
const OTHERS = 7;
/** In each patch: a megabyte a second, so that the kernel's buffers, of some megabytes, are soon full. */
const NOISE_BYTES = 18_000;
/** What a patch is at most on the wire; in base64 it is a third more than the noise, and little of that can be compressed. */
const PATCH_BYTES = NOISE_BYTES * 1.4;
/** What it is once the buffers are full: enough to see whether anything goes out, and little work. */
const QUIET_BYTES = 1_000;
/** For how long the slow ones read nothing: ten seconds. */
const UNREAD_TICKS = 600;
/** For how long of that, at least, nothing more goes out to them. */
const STALLED_TICKS = 60;
const DRONES = 20;
/** Behind the code and the clock of a timed message. */
const STATE_OFFSET = 1 + CLOCK_PREFIX_BYTES;

const Drone = live({ x: fixed(0.01), heading: angle(360, 360), rotation: quaternion(0.001) }, 'NoisyDrone');
const NoisyState = schema({ noise: t.string(), drones: t.array(Drone) }, 'NoisyState');

/** A room whose state is another each tick, and does not shrink; what it has of live fields moves. */
class NoisyRoom extends LiveRoom {
  static newest: NoisyRoom;
  override state = new NoisyState();
  override inputs = this.defineInput(CourseInput);
  /** How many ticks it has made, and which of them was at which time of its clock. */
  tick = 0;
  readonly #tickAt = new Map<number, number>();
  /** The last states, by their tick. */
  readonly recent = new Map<number, string>();
  noiseBytes = NOISE_BYTES;
  onStep: () => void = () => {};

  override onCreate(): void {
    NoisyRoom.newest = this;
    for (let i = 0; i < DRONES; i++) this.state.drones.push(new Drone({ x: i }));
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
    if (this.clients.length === 0) return; // the next test is not to wait for it
    this.tick++;
    this.#tickAt.set(Math.floor(this.clock.elapsedTime), this.tick);
    this.state.noise = randomBytes(this.noiseBytes).toString('base64');
    for (const [i, drone] of this.state.drones.entries()) {
      drone.x += 0.1 * i;
      drone.heading += i - DRONES / 2;
      drone.rotation.set(Math.sin(this.tick / 30), 0.1, i / DRONES, Math.cos(this.tick / 30));
    }
    this.recent.set(this.tick, JSON.stringify(this.state));
    this.recent.delete(this.tick - 1_000);
    this.onStep();
  }
}

/** The ticks that a client is shown, and which of them it was sent whole. */
class Followed {
  readonly ticks: number[] = [];
  readonly wholes: number[] = [];
  /** Of how many ticks the state was looked at, and which of them came out as another one. */
  compared = 0;
  readonly wrong: number[] = [];
  /** With which its state is read: as a framed client has it, or as one of plain Colyseus. */
  readonly #reader: SchemaSerializer<InstanceType<typeof NoisyState>>;

  /** @param from the first tick whose state is read, which must be a whole one; asked each time */
  constructor(room: NoisyRoom, client: RawClient, framed: boolean, from: () => number) {
    const fail = (): never => {
      throw new Error('a state could not be read');
    };
    this.#reader = framed ? new LiveReader({ requestKeyframe: fail, giveUp: fail }) : new SchemaSerializer();
    const writer = new LiveSerializer();
    writer.reset(new NoisyState());
    this.#reader.handshake(new Uint8Array(writer.handshake()), { offset: 0 });
    client.onState = (message) => {
      const tick = room.tickOf(message);
      this.ticks.push(tick);
      const isWhole = messageCode(message) === MessageCode.RoomState;
      if (isWhole) this.wholes.push(tick);
      if (tick < from()) return;
      if (isWhole) this.#reader.setState(message, { offset: STATE_OFFSET });
      else this.#reader.patch(message, { offset: STATE_OFFSET });
      const sent = room.recent.get(tick);
      if (sent === undefined) return;
      this.compared++;
      if (JSON.stringify(this.#reader.getState()) !== sent) this.wrong.push(tick);
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
  waitedMostBytes = 0;
  /** The tick with which nothing was sent any more, and that with which all had left. */
  stalledAt = Infinity;
  drainedAt = Infinity;
  #drainedInWake: number | undefined;

  constructor(room: NoisyRoom, client: RawClient, framed: boolean) {
    this.client = client;
    this.socket = room.socketOf(client.sessionId);
    // What the kernel held is not read: there is much of it, and it says nothing.
    this.shown = new Followed(room, client, framed, () => this.stalledAt);
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
    const slow = [new Slow(room, framed, true), new Slow(room, plain, false)];
    const all = (condition: (each: Slow) => boolean) => (): boolean => slow.every(condition);
    const followedByOthers = others.map((other) => new Followed(room, other, true, () => Infinity));

    let wake = 0;
    room.onStep = () => {
      queueMicrotask(() => wake++);
      for (const each of slow) each.look(room.tick, wake);
    };
    await until(
      'they are shown the state',
      all(({ shown }) => shown.ticks.length > 3),
    );
    const { tick: stopped } = room;
    for (const { client } of slow) client.stopReading();
    await until(
      'nothing more goes out to them',
      all(({ stalledAt }) => stalledAt < Infinity),
      40_000,
    );
    const waitingBytes = slow.map(({ socket }) => socket.bufferedAmount);
    const { tick: stalled } = room;
    room.noiseBytes = QUIET_BYTES;
    await until(
      'that was so for long',
      () => room.tick > Math.max(stopped + UNREAD_TICKS, stalled + STALLED_TICKS),
      60_000,
    );
    const { tick: unread } = room;
    expect(slow.map(({ drainedAt, socket }) => [drainedAt, socket.takesState])).toEqual(
      slow.map(() => [Infinity, false]),
    );
    slow.forEach(({ socket, waitedMostBytes }, i) => {
      expect(socket.bufferedAmount - waitingBytes[i]!).toBeLessThan(NOISE_BYTES / 4); // some PINGs, and no patch
      // One time that the room wakes up makes at most so many patches.
      const mostBytes = DEFAULT_CONNECTION_LIMITS.maxBufferedStateBytes + MAX_CATCHUP_STEPS * PATCH_BYTES;
      expect(waitedMostBytes).toBeLessThan(mostBytes);
    });

    for (const { client } of slow) client.readOn();
    await until(
      'they are level',
      all(({ shown }) => shown.tick > unread),
      20_000,
    );
    const { tick } = room;
    await until(
      'they play on',
      all(({ shown }) => shown.tick > tick + 60),
      20_000,
    );
    for (const { shown, waitedMostBytes, stalledAt, drainedAt } of slow) {
      console.info(
        `${waitedMostBytes} bytes waited at most; nothing sent from tick ${stalledAt}, drained at ${drainedAt}, ` +
          `whole state of ${shown.wholes.join()}`,
      );
      expect(shown.wholes).toHaveLength(1);
      expect(shown.wholes[0]! - drainedAt).toBeLessThanOrEqual(2);
      expect([shown.gaps, shown.wrong]).toEqual([shown.wholes, []]);
      expect(shown.compared).toBeGreaterThan(60);
    }
    const missed = followedByOthers.map(({ gaps, wholes }) => [gaps, wholes]);
    expect(missed).toEqual(others.map(() => [[], []]));
    expect([framed, plain, ...others].every(({ open }) => open)).toBe(true);
    for (const client of [framed, plain, ...others]) client.end();
  }, 160_000);
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
