import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { nodeDeflate } from '../../test/support/deflate.ts';
import { Random } from '../../test/support/random.ts';
import type { WireMessage } from '../wire/batch.ts';
import { MessageCode } from '../wire/colyseus-message.ts';
import { Compressor } from '../wire/compression.ts';
import type { Side } from '../wire/frame.ts';
import { FrameFlag, FrameType } from '../wire/frame-type.ts';
import { FrameSession } from './frame-session.ts';

const compressor = new Compressor(nodeDeflate);
/** What the window and the receiver would refuse has its own tests. */
const ROOMY = { maxKeptMessages: 1_000_000, maxKeptBytes: 1_000_000_000, maxMessageBytes: 1_000_000 };

const NOISE = new Random(0).bytes(200_000);
const ID_AT_BYTE = 8;
/** Kept and transient messages of each side. A body begins with room for a clock prefix, then its number, u32 BE. */
const KINDS: Record<Side, readonly [type: FrameType, flags: number][]> = {
  client: [
    [FrameType.Colyseus, FrameFlag.MustAck],
    [FrameType.Input, 0],
  ],
  server: [
    [FrameType.Colyseus, FrameFlag.MustAck],
    [FrameType.Delta, FrameFlag.Timed],
    [FrameType.Colyseus, 0],
  ],
};

/** One side and all that it posted and got. */
class End {
  readonly session: FrameSession;
  readonly #side: Side;
  readonly #posted: WireMessage[] = [];
  readonly #arrivedIds: number[] = [];

  constructor(side: Side) {
    this.#side = side;
    this.session = new FrameSession(side, compressor, ROOMY);
  }

  get posted(): number {
    return this.#posted.length;
  }

  post(random: Random, bodyBytes: number): void {
    const [type, flags] = random.pick(KINDS[this.#side]);
    // INPUT has no fragments.
    const length = ID_AT_BYTE + 4 + (type === FrameType.Input ? Math.min(bodyBytes, 60_000) : bodyBytes);
    const body = random.chance(0.5) ? new Uint8Array(length).fill(13) : NOISE.slice(0, length);
    if (type === FrameType.Colyseus) body[0] = flags & FrameFlag.MustAck ? MessageCode.RoomData : MessageCode.JoinRoom;
    new DataView(body.buffer).setUint32(ID_AT_BYTE, this.#posted.length);
    const message = { type, flags, body };
    this.#posted.push(message);
    this.session.post(message);
  }

  /** Takes what came; every message is one that the other side posted, later than all that came before, and as it was. */
  receive(frame: Uint8Array, from: End): void {
    for (const { type, flags, body } of this.session.receive(frame)) {
      const id = new DataView(body.buffer, body.byteOffset).getUint32(ID_AT_BYTE);
      const sent = from.#posted[id]!;
      const last = this.#arrivedIds.at(-1) ?? -1;
      if (id <= last) throw new Error(`message ${id} after ${last}`);
      if (type !== sent.type || flags & FrameFlag.Compressed)
        throw new Error(`message ${id} of type ${type}, ${flags}`);
      if (Buffer.compare(body, sent.body) !== 0) throw new Error(`message ${id} is another one`);
      this.#arrivedIds.push(id);
    }
  }

  /** Numbers of the messages of `from` that must have come and did not. */
  missing(from: End): number[] {
    const arrived = new Set(this.#arrivedIds);
    return from.#posted.flatMap(({ flags }, id) => (flags & FrameFlag.MustAck && !arrived.has(id) ? [id] : []));
  }
}

/** A client and a server, and the wire between them, on which frames lie until they are delivered or lost. */
class World {
  readonly client = new End('client');
  readonly server = new End('server');
  readonly #random: Random;
  #toClient: Uint8Array[] = [];
  #toServer: Uint8Array[] = [];
  /** The client noticed a cut that the server did not: the server still sends, into nothing. */
  #cut = false;
  cuts = 0;

  constructor(seed: number) {
    this.#random = new Random(seed);
  }

  post(end: End, count: number, bodyBytes: number): void {
    for (let i = 0; i < count; i++) end.post(this.#random, bodyBytes);
  }

  flush(end: End): void {
    const { pending } = end.session;
    const frames = end.session.takeFrames();
    if (pending !== frames.length > 0) throw new Error(`${frames.length} frames where pending is ${pending}`);
    if (end.session.pending) throw new Error('pending behind the last frame');
    if (this.#cut) return;
    if (end === this.client) this.#toServer.push(...frames);
    else this.#toClient.push(...frames);
  }

  deliver(frames: number): void {
    for (let i = 0; i < frames; i++) {
      if (this.#random.chance(0.5)) this.#deliverTo(this.client);
      else this.#deliverTo(this.server);
    }
  }

  /** The connection ends with whatever was under way. Each side notices at once, or only when the next one begins. */
  cut(): void {
    if (this.#cut) return;
    this.cuts++;
    this.deliver(this.#random.below(1 + this.#toClient.length + this.#toServer.length));
    this.#toClient = [];
    this.#toServer = [];
    this.#cut = true;
    if (this.#random.chance(0.5)) this.client.session.suspend();
    if (this.#random.chance(0.5)) this.server.session.suspend();
  }

  connect(): void {
    this.cut();
    this.#cut = false;
    const sayFirst = this.#random.chance(0.5);
    if (sayFirst) this.server.session.beginResume();
    this.#toServer.push(this.client.session.beginResume()!);
    if (!sayFirst) this.server.session.beginResume();
  }

  /** Delivers all there is, connecting where there is no connection. */
  settle(): void {
    this.connect();
    for (let round = 0; round < 10; round++) {
      while (this.#toClient.length > 0 || this.#toServer.length > 0) this.deliver(8);
      this.flush(this.client);
      this.flush(this.server);
    }
    expect([this.client.missing(this.server), this.server.missing(this.client)]).toEqual([[], []]);
    for (const { session } of [this.client, this.server]) {
      expect([session.state, session.pending, session.kept]).toEqual(['live', false, { messages: 0, bytes: 0 }]);
    }
  }

  #deliverTo(end: End): void {
    const frame = (end === this.client ? this.#toClient : this.#toServer).shift();
    if (frame !== undefined) end.receive(frame, end === this.client ? this.server : this.client);
  }
}

const SIZES = [0, 1, 20, 300, 1_100, 5_000, 65_516, 65_520, 70_000, 150_000];

type Step =
  | { do: 'post'; atServer: boolean; count: number; bodyBytes: number }
  | { do: 'flush'; atServer: boolean }
  | { do: 'deliver'; frames: number }
  | { do: 'cut' }
  | { do: 'connect' };

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant('post' as const),
      atServer: fc.boolean(),
      count: fc.integer({ min: 1, max: 5 }),
      bodyBytes: fc.oneof(
        { weight: 12, arbitrary: fc.constantFrom(...SIZES.slice(0, 4)) },
        { weight: 1, arbitrary: fc.constantFrom(...SIZES) },
      ),
    }),
  },
  { weight: 6, arbitrary: fc.record({ do: fc.constant('flush' as const), atServer: fc.boolean() }) },
  { weight: 6, arbitrary: fc.record({ do: fc.constant('deliver' as const), frames: fc.integer({ min: 1, max: 6 }) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('cut' as const) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('connect' as const) }) },
);

function run(world: World, step: Step): void {
  switch (step.do) {
    case 'post':
      return world.post(step.atServer ? world.server : world.client, step.count, step.bodyBytes);
    case 'flush':
      return world.flush(step.atServer ? world.server : world.client);
    case 'deliver':
      return world.deliver(step.frames);
    case 'cut':
      return world.cut();
    case 'connect':
      return world.connect();
  }
}

/** Frames that advance both sequences without a word more than needed, so that the rest happens around the wrap. */
function advance(world: World, frames: number): void {
  for (let i = 0; i < frames; i++) {
    world.post(world.client, 1, 0);
    world.post(world.server, 1, 0);
    world.flush(world.client);
    world.flush(world.server);
    world.deliver(4);
  }
  world.settle();
}

describe('session: random connections (S)', () => {
  it('[S9] all that must be acknowledged arrives once and in order, the rest at most once and in order', () => {
    fc.assert(
      fc.property(fc.integer(), fc.array(step, { minLength: 20, maxLength: 150, size: 'max' }), (seed, steps) => {
        const world = new World(seed);
        for (const each of steps) run(world, each);
        world.settle();
      }),
      { seed: 1, numRuns: 600 },
    );
  });

  it('[S9] the same where the sequences wrap', () => {
    fc.assert(
      fc.property(fc.integer(), fc.array(step, { minLength: 60, maxLength: 120, size: 'max' }), (seed, steps) => {
        const world = new World(seed);
        advance(world, 65_480);
        for (const each of steps) run(world, each);
        world.settle();
      }),
      { seed: 2, numRuns: 3 },
    );
  });

  it('[S9] the same over 200,000 messages and three rounds of the sequences', () => {
    const random = new Random(3);
    const world = new World(3);
    while (world.client.posted + world.server.posted < 200_000) {
      const end = random.chance(0.5) ? world.client : world.server;
      const dice = random.below(1_000);
      if (dice < 450) world.post(end, 1, random.below(30));
      else if (dice < 900) world.flush(end);
      else if (dice < 997) world.deliver(random.below(20));
      else world.connect();
    }
    world.settle();
    expect(world.cuts).toBeGreaterThan(500);
  });
});
