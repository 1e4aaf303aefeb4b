import { type Client, ClientState } from '@colyseus/core';
import { schema, t } from '@colyseus/schema';
import { describe, expect, it } from '@jest/globals';
import { IncomingState } from '../client/incoming-state.ts';
import { LiveSerializer as LiveReader } from '../client/live-serializer.ts';
import type { StateTiming } from '../server/room/colyseus-internals.ts';
import { LiveSerializer } from '../server/room/live-serializer.ts';
import { angle, fixed, flag, live } from '../shared/live/live.ts';
import { FrameSession } from '../shared/session/frame-session.ts';
import { CLOCK_PREFIX_BYTES, ClockWriter } from '../shared/wire/clock-prefix.ts';
import { fromWire, MessageCode, messageCode, toWire } from '../shared/wire/colyseus-message.ts';
import { Compressor } from '../shared/wire/compression.ts';
import { FrameType } from '../shared/wire/frame-type.ts';
import { withJoinSection } from '../shared/wire/join-section.ts';
import { bytes } from './support/bytes.ts';
import { nodeDeflate } from './support/deflate.ts';
import { carry } from './support/session-pair.ts';

const HZ = 60;
const DAY_TICKS = 24 * 3_600 * HZ;
/** Of a frame's sequence, and then some. */
const SEQUENCES_TICKS = 150_000;

const compressor = new Compressor(nodeDeflate);
/** JOIN_ROOM: token "tok", serializer "schema", no reflection. */
const JOIN_ROOM = bytes('0a 03 74 6f 6b 06 73 63 68 65 6d 61 00');

const Beacon = live(
  { x: fixed(0.01, { min: -1_000, max: 1_000 }), heading: angle(4_096, 4_096), lit: flag() },
  'DayBeacon',
);
const State = schema({ beacons: t.map(Beacon) }, 'DayState');

type Carry = (message: Uint8Array, arrive: (message: Uint8Array) => void) => void;

/**
 * A state with one that rests and one that sweeps, and a client of it.
 * @param carry takes a message from the room to the client
 */
function day(timing?: StateTiming, carry: Carry = (message, arrive) => arrive(message)) {
  const state = new State();
  const resting = new Beacon({ x: -3 });
  const sweeping = new Beacon({ x: 1 });
  state.beacons.set('resting', resting);
  state.beacons.set('sweeping', sweeping);
  const serializer = new LiveSerializer();
  serializer.reset(state);
  let asked = 0;
  const reader = new LiveReader<InstanceType<typeof State>>({
    requestKeyframe: () => asked++,
    giveUp: () => asked++,
  });
  reader.handshake(new Uint8Array(serializer.handshake()), { offset: 0 });
  let bytes = 0;
  const offset = timing === undefined ? 1 : 1 + CLOCK_PREFIX_BYTES;
  const arrive = (message: Uint8Array): void => {
    bytes += message.length - offset;
    if (messageCode(message) === MessageCode.RoomState) reader.setState(message, { offset });
    else reader.patch(message, { offset });
  };
  const client = {
    state: ClientState.JOINED,
    ref: { framed: true, takesState: true },
    raw: (message: Uint8Array) => carry(message, arrive),
  } as unknown as Client;
  client.raw(serializer.getFullState(client, timing));
  bytes = 0;
  const clients = [client];
  const [restingThere, sweepingThere] = ['resting', 'sweeping'].map((name) => reader.getState().beacons.get(name)!);
  return {
    resting,
    tick() {
      sweeping.heading += 7;
      serializer.applyPatches(clients, undefined, timing);
    },
    isLevel: () =>
      sweepingThere!.heading === sweeping.heading && restingThere!.x === resting.x && restingThere!.lit === resting.lit,
    asked: () => asked,
    bytes: () => bytes,
  };
}

describe('a day of ticks (D)', () => {
  it(`[D12] ${DAY_TICKS} of them at ${HZ} Hz: whatever is counted goes around, and no number is ever another`, () => {
    const { resting, tick, isLevel, asked, bytes } = day();
    const wrong: number[] = [];
    for (let i = 1; i <= DAY_TICKS; i++) {
      if (i % 1_000_003 === 0) {
        resting.lit = !resting.lit; // after hours of sleep
        resting.x += 0.01;
      }
      tick();
      if (!isLevel()) wrong.push(i);
    }
    expect([wrong.slice(0, 3), asked()]).toEqual([[], 0]);
    expect(resting.x).toBeCloseTo(-2.95, 9);
    console.info(`${(bytes() / DAY_TICKS).toFixed(3)} bytes of a body a tick`);
    expect(bytes() / DAY_TICKS).toBeLessThan(1.1);
  }, 120_000);

  it(`[D12] [F2] [M2] ${SEQUENCES_TICKS} of them in frames: sequences go around, and so does the clock`, () => {
    const [server, client] = [new FrameSession('server', compressor), new FrameSession('client', compressor)];
    const clock = new ClockWriter(1_000 / HZ);
    const incoming = new IncomingState();
    const join = withJoinSection(JOIN_ROOM, { tickMs: 1_000 / HZ, liveBodies: true });
    incoming.receive({ type: FrameType.Colyseus, flags: 0, body: join });
    const timing = { sNow: 2 ** 32 - 60_000 };
    const { tick, isLevel, asked } = day(timing, (message, arrive) => {
      const wire = toWire(message);
      const isDelta = wire.type === FrameType.Delta;
      if (!isDelta) clock.begin(wire.body);
      server.post(isDelta ? { ...wire, body: clock.compact(wire.body) } : wire);
      for (const frame of server.takeFrames()) {
        for (const received of client.receive(frame)) arrive(fromWire(incoming.receive(received)));
      }
      carry(client, server);
    });
    const wrong: number[] = [];
    for (let i = 1; i <= SEQUENCES_TICKS; i++) {
      timing.sNow += 1_000 / HZ;
      tick();
      if (!isLevel()) wrong.push(i);
    }
    expect([wrong.slice(0, 3), asked()]).toEqual([[], 0]);
    expect(timing.sNow).toBeGreaterThan(2 ** 32);
  }, 60_000);
});
