import { type Client, CloseCode, type LocalDriver, matchMaker, type StepContext } from '@colyseus/core';
import { HandshakeSection, InputFlags } from '@colyseus/shared-types';
import { decode, type Iterator, schema, t } from '@colyseus/schema';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { CloseReason } from '../../shared/wire/close-reason.ts';
import { readJoinSection } from '../../shared/wire/join-section.ts';
import { type InProcessClient, InProcessServer } from '../../test/support/in-process.ts';
import { settled } from '../../test/support/virtual-timers.ts';
import { RoomSessions } from '../session/room-sessions.ts';
import { LiveRoom } from './live-room.ts';

const State = schema({ tick: t.uint32() }, 'LiveRoomTestState');
const Input = schema({ dx: t.int8() }, 'LiveRoomTestInput');

/** A room that says what happens to it. */
class TestRoom extends LiveRoom {
  override state = new State();
  override inputs = this.defineInput(Input);
  readonly steps: { tick: number; dt: number; elapsedMs: number; deltaMs: number }[] = [];
  readonly events: string[] = [];
  failAt = -1;

  override onCreate(options: { hz?: number; fail?: boolean }): void {
    this.setFixedTimestep((context) => this.#step(context), options.hz);
    if (options.fail) throw new Error('secret: /etc/inside');
  }

  override onDrop(client: Client, code?: number): void | Promise<unknown> {
    this.events.push(`drop ${code}`);
    return super.onDrop(client, code);
  }

  override onLeave(_client: Client, code?: number): void {
    this.events.push(`leave ${code}`);
  }

  #step({ tick, dt }: StepContext): void {
    this.steps.push({ tick, dt, elapsedMs: this.clock.elapsedTime, deltaMs: this.clock.deltaTime });
    (this.state as InstanceType<typeof State>).tick = tick;
    if (tick === this.failAt) throw new Error('a step failed');
  }
}

/** A room that does not speak of a step. */
class PlainLiveRoom extends LiveRoom {
  override state = new State();
}

/** A room that catches its errors. */
class CatchingRoom extends TestRoom {
  readonly caught: string[] = [];

  override onUncaughtException(error: Error, method: string): void {
    this.caught.push(`${method}: ${error.message}`);
  }
}

let server: InProcessServer;
let client: InProcessClient;

const room = (): TestRoom => client.room as TestRoom;

beforeEach(async () => {
  jest.useFakeTimers({ doNotFake: ['nextTick', 'queueMicrotask', 'setImmediate', 'clearImmediate'] });
  jest.spyOn(console, 'error').mockImplementation(() => {});
  server = await InProcessServer.start({ test: TestRoom, plain: PlainLiveRoom, catching: CatchingRoom });
});

afterEach(async () => {
  await server.stop();
  jest.clearAllTimers();
  jest.useRealTimers();
  jest.restoreAllMocks();
});

async function pass(ms: number): Promise<void> {
  await settled();
  jest.advanceTimersByTime(ms);
  await settled();
}

describe('live room: the tick', () => {
  it('has one timer for step, patch and sockets', async () => {
    const before = jest.getTimerCount();
    client = await server.join('test');
    await pass(20_000); // the matchmaker's own, for seats and empty rooms, are over
    expect(room().patchRate).toBeNull();
    expect(jest.getTimerCount() - before).toBe(1);
  });

  it('makes 60 steps a second, and sends each tick when it was made, as one message', async () => {
    client = await server.join('test');
    await pass(1_000);
    client.read();
    const { length } = room().steps;
    let messages = 0;
    for (let i = 0; i < 1_000; i++) {
      jest.advanceTimersByTime(1);
      const made = room().steps.length;
      const sent = client.read();
      messages += sent;
      if (sent > 0) expect(sent).toBe(1);
      expect(room().steps.length).toBe(made);
    }
    const made = room().steps.length - length;
    expect([made >= 59, made <= 61, messages]).toEqual([true, true, made]);
  });

  it('the clock moves by exactly one step a step', async () => {
    client = await server.join('test');
    await pass(5_000);
    const steps = room().steps.slice(1); // the first one begins when the room was made
    for (const { deltaMs, dt } of steps) expect([Math.abs(deltaMs - 1_000 / 60) < 1e-6, dt]).toEqual([true, 1 / 60]);
    const first = steps[0]!;
    const last = steps.at(-1)!;
    expect(last.elapsedMs - first.elapsedMs).toBeCloseTo(((last.tick - first.tick) * 1_000) / 60, 6);
    expect(steps.map(({ tick }) => tick)).toEqual(steps.map((_, i) => i + 1));
  });

  it('a step of the machine\u2019s clock does not move it', async () => {
    client = await server.join('test');
    await pass(1_000);
    jest.setSystemTime(Date.now() - 3_600_000);
    await pass(1_000);
    const { deltaMs } = room().steps.at(-1)!;
    expect(deltaMs).toBeCloseTo(1_000 / 60, 6);
  });

  it('runs at 60 Hz where the room does not speak of it', async () => {
    client = await server.join('plain');
    const { clock, tickMs } = client.room as PlainLiveRoom;
    const before = clock.elapsedTime;
    await pass(1_000);
    expect(tickMs).toBeCloseTo(1_000 / 60, 9);
    expect(clock.elapsedTime - before).toBeGreaterThan(980);
    expect(clock.elapsedTime - before).toBeLessThan(1_020);
  });

  it('tells in the join the tick rate, the patch interval and its own tick', async () => {
    client = await server.seat('test', { hz: 50 });
    await client.connect();
    const join = client.received[0]!;
    expect(readJoinSection(join)).toEqual({ tickMs: 20, liveBodies: false, epoch: 0 });
    const { FIXED_TIMESTEP, PATCH_RATE } = InputFlags;
    expect(sections(join).get(HandshakeSection.INPUT_OPTIONS)).toEqual([FIXED_TIMESTEP | PATCH_RATE, 50, 20]);
  });

  it('a changed rate takes the place of the old one, with one timer still', async () => {
    client = await server.join('test');
    await pass(20_000);
    const timers = jest.getTimerCount();
    room().setFixedTimestep(() => {}, 20);
    expect([room().tickMs, jest.getTimerCount(), room().patchRate]).toEqual([50, timers, null]);
    const { length } = room().steps;
    await pass(1_000);
    expect(room().steps.length).toBe(length);
  });

  it('an error in a step costs that step, where the room catches errors', async () => {
    client = await server.join('catching');
    const catching = client.room as CatchingRoom;
    catching.failAt = (catching.steps.at(-1)?.tick ?? -1) + 3;
    await pass(1_000);
    expect(catching.caught).toEqual(['setFixedTimestep: a step failed']);
    expect(catching.steps.length).toBeGreaterThan(50);
  });

  it('stops with the room: no timer is left', async () => {
    await pass(60_000); // the matchmaker's own begin and end with its start
    const before = jest.getTimerCount();
    client = await server.join('test');
    const gone = room();
    await pass(1_000);
    await gone.disconnect();
    await settled();
    const { length } = gone.steps;
    await pass(60_000);
    expect(gone.steps.length).toBe(length);
    expect(jest.getTimerCount()).toBe(before);
  });

  it('a room that cannot be created leaves no timer', async () => {
    await pass(60_000);
    const before = jest.getTimerCount();
    await expect(server.seat('test', { fail: true })).rejects.toThrow();
    await pass(1_000);
    expect(jest.getTimerCount()).toBe(before);
    expect((matchMaker.driver as LocalDriver).rooms).toHaveLength(0);
  });
});

describe('live room: sessions that lose their connection', () => {
  beforeEach(async () => {
    client = await server.join('test');
    await pass(100);
    client.heard();
  });

  it.each([1001, 1005, 1006])('keeps the seat for 30 s after %i, then lets it go', async (code) => {
    client.ws.end(code);
    await pass(29_000);
    expect(room().events).toEqual([`drop ${code}`]);
    expect(RoomSessions.of(room()).size).toBe(1);
    const left = room();
    await pass(2_000);
    expect(left.events).toEqual([`drop ${code}`, `leave ${code}`]);
    expect(RoomSessions.of(left).size).toBe(0);
  });

  it.each(Object.values(CloseReason))('keeps no seat after %i, which is final', async (code) => {
    const left = room();
    client.ws.end(code);
    await pass(0);
    expect(left.events).toEqual([`drop ${code}`, `leave ${code}`]);
    expect(RoomSessions.of(left).size).toBe(0);
  });

  it('leaves no timer where the seat is given up before its time is over', async () => {
    const other = await server.join('test', { hz: 50 });
    await pass(20_000); // the matchmaker's own, for seats, are over
    const before = jest.getTimerCount();
    other.ws.end(1006);
    await pass(100);
    expect(jest.getTimerCount()).toBe(before + 1);
    RoomSessions.of(other.room).get(other.sessionId)!.end(CloseReason.SessionOverflow);
    await pass(2_000); // core looks once more whether the room is empty
    expect(jest.getTimerCount()).toBe(before);
  });

  it('keeps no seat after a consented leave', async () => {
    const left = room();
    client.say('0c');
    await pass(0);
    expect(client.ws.closes[0]!.code).toBe(CloseCode.CONSENTED);
    expect(left.events).toEqual(['leave 4000']);
  });

  it('a message to a session that is away arrives when it is back: by send, by broadcast, each once', async () => {
    const before = room().clients[0]!;
    client.ws.end(1006);
    await pass(100);
    before.send('a');
    room().broadcast('b');
    room().broadcastBytes('c', Uint8Array.of(7), {});
    room().broadcast('d', undefined, { except: before });
    await pass(100);
    await client.resume();
    await pass(100);
    expect(client.heard()).toEqual(['0d a1 61', '0d a1 62', '11 a1 63 07']);
    expect(room().events).toEqual(['drop 1006']);
  });

  it('a reference from before a reconnect reaches the client of after, and of after that', async () => {
    const first = room().clients[0]!;
    for (let i = 1; i <= 3; i++) {
      client.ws.end(1006);
      await pass(50);
      await client.resume();
      await client.acknowledgeJoin();
      first.send(i);
      await pass(50);
      expect(client.heard()).toEqual([`0d 0${i}`]);
    }
  });

  it('a room that ends lets go of sessions that are away, and of their timers', async () => {
    const gone = room();
    client.ws.end(1006);
    await pass(100);
    await gone.disconnect();
    await pass(31_000);
    expect(gone.events).toEqual(['drop 1006', 'leave 1006']);
    expect(RoomSessions.of(gone).size).toBe(0);
  });
});

/** The tagged sections behind a JOIN_ROOM's reflection, by tag. */
function sections(join: Uint8Array): Map<number, number[]> {
  const it: Iterator = { offset: 1 };
  it.offset += 1 + join[it.offset]!;
  it.offset += 1 + join[it.offset]!;
  const length = (): number => decode.number(join as Buffer, it) as number;
  const reflectionBytes = length();
  it.offset += reflectionBytes;
  const found = new Map<number, number[]>();
  while (it.offset < join.length) {
    const tag = join[it.offset++]!;
    const end = length() + it.offset;
    found.set(tag, [...join.subarray(it.offset, end)]);
    it.offset = end;
  }
  return found;
}
