import { crc32 } from 'node:zlib';
import { Encoder, Schema, schema, StateView, t, type } from '@colyseus/schema';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { fixed, live, quaternion, uint } from '../../shared/live/live.ts';
import { refIdOf } from '../../shared/schema/tracked.ts';
import { Random } from '../../test/support/random.ts';
import { ArchiveError, type ArchiveErrorCode } from './archive-error.ts';
import { forEachBelow, nextRefId, type SchemaClass } from './schema-storage.ts';
import { readShape, writeShape } from './shape-bytes.ts';
import { matchShapes } from './shape-match.ts';
import type { RestoredState } from './state-builder.ts';
import { StateRecorder } from './state-recorder.ts';
import { StateReplay } from './state-replay.ts';
import { StateShape } from './state-shape.ts';
import { readView, writeView } from './view-membership.ts';

const Gun = schema({ ammo: t.uint8() }, 'Gun');
const Ship = live(
  { x: fixed(0.01), hull: uint(100), turn: quaternion(0.001), name: t.string(), gun: t.ref(Gun).optional() },
  'Ship',
);
const World = live(
  { ships: t.map(Ship), list: t.array(Ship), scores: t.map('number'), best: t.ref(Ship).optional() },
  'World',
);
type World = InstanceType<typeof World>;

/** As classes were declared before schema(). */
class Chain extends Schema {
  declare next: Chain | undefined;
}
type(Chain)(Chain.prototype, 'next');

const classOf = (klass: object): SchemaClass => klass as SchemaClass;

function newWorld(): World {
  const world = new World();
  for (let i = 0; i < 4; i++) world.ships.set(`s${i}`, new Ship({ x: i / 3, name: `ship ${i}` }));
  world.ships.get('s1')!.gun = new Gun({ ammo: 7 });
  world.list.push(world.ships.get('s2')!);
  world.scores.set('a', 0.1);
  return world;
}

function record(state: Schema, room = 'room'): { encoder: Encoder; recorder: StateRecorder } {
  const encoder = new Encoder(state);
  return { encoder, recorder: new StateRecorder(encoder, room) };
}

function restore<State>(
  klass: object,
  snapshot: Uint8Array,
  deltas: readonly Uint8Array[] = [],
): RestoredState & { state: State } {
  const replay = new StateReplay(classOf(klass), 'room', snapshot);
  for (const delta of deltas) replay.apply(delta);
  return replay.build() as RestoredState & { state: State };
}

/** What keeping a state and bringing it back makes of it. */
const again = <State extends Schema>(state: State): State =>
  restore<State>(state.constructor, record(state).recorder.snapshot()).state;

/** As a snapshot of the room would be. */
function sealed(bytes: Uint8Array, room: string): Uint8Array {
  const whole = Buffer.alloc(bytes.length + 4);
  whole.set(bytes);
  whole.writeUInt32BE(crc32(bytes, crc32(room)), bytes.length);
  return whole;
}

const codeOf = (run: () => unknown): ArchiveErrorCode | undefined => {
  try {
    run();
    return undefined;
  } catch (error) {
    if (error instanceof ArchiveError) return error.code;
    throw error;
  }
};

beforeEach(() => {
  jest.spyOn(console, 'warn').mockImplementation(() => {});
});
afterEach(() => {
  jest.restoreAllMocks();
});

describe('bytes of a state', () => {
  it('are refused when any one of them is another, in a snapshot and in a delta, and nothing of the delta counts', () => {
    const world = newWorld();
    const { recorder } = record(world);
    const snapshot = recorder.snapshot();
    world.ships.get('s0')!.x = 4;
    world.ships.delete('s3');
    const delta = recorder.delta()!.slice();
    const wrong: ArchiveErrorCode[] = ['bad-check', 'wrong-version', 'gap', 'bad-bytes'];
    for (let i = 0; i < snapshot.length; i++) {
      const damaged = snapshot.slice();
      damaged[i]! ^= 1 << (i % 8);
      expect(wrong).toContain(codeOf(() => restore(World, damaged)));
      expect(wrong).toContain(codeOf(() => restore(World, snapshot.subarray(0, i))));
    }
    for (let i = 0; i < delta.length; i++) {
      const damaged = delta.slice();
      damaged[i]! ^= 1 << (i % 8);
      const replay = new StateReplay(classOf(World), 'room', snapshot);
      // One that claims to be an earlier one is passed over, as those are that a snapshot covers.
      const code = codeOf(() => replay.apply(damaged));
      if (code !== undefined) expect(wrong).toContain(code);
      expect(wrong).toContain(codeOf(() => replay.apply(delta.subarray(0, i))));
      expect((replay.build().state as World).ships.size).toBe(4);
      replay.apply(delta);
      expect(replay.build().state.toJSON()).toEqual(world.toJSON());
    }
  });

  it('are refused when they are of another room, or of another line of the same', () => {
    const world = newWorld();
    const one = record(world, 'room');
    const snapshot = one.recorder.snapshot();
    expect(codeOf(() => new StateReplay(classOf(World), 'another', snapshot))).toBe('bad-check');
    world.ships.get('s0')!.x = 1;
    const delta = one.recorder.delta()!.slice();
    const fork = new StateReplay(classOf(World), 'room', snapshot);
    const { state, settle } = fork.build();
    const encoder = new Encoder(state);
    settle(encoder);
    const other = new StateRecorder(encoder, 'room', fork.line);
    (state as World).ships.get('s0')!.x = 2;
    const theirs = other.delta()!.slice();
    world.ships.get('s0')!.x = 3;
    const next = one.recorder.delta()!.slice();
    expect(codeOf(() => restore(World, snapshot, [theirs, next]))).toBe('bad-check');
    expect(restore<World>(World, snapshot, [delta, next]).state.ships.get('s0')!.x).toBe(3);
    expect(codeOf(() => restore(World, snapshot, [next]))).toBe('gap');
  });

  it('that are checked and yet no state are refused as such, whatever they are', () => {
    const world = newWorld();
    const { recorder } = record(world);
    const snapshot = recorder.snapshot();
    const random = new Random(3);
    const codes = new Map<string, number>();
    for (let i = 0; i < 4_000; i++) {
      const bytes = snapshot.slice(0, -4);
      // Behind the shape, which is text.
      const shapeEnd = 7 + 2 + writeShape(StateShape.of(classOf(World))).length;
      for (let n = 1 + random.below(3); n > 0; n--)
        bytes[shapeEnd + random.below(bytes.length - shapeEnd)] = random.below(256);
      const code = codeOf(() => {
        const { state, settle } = restore<World>(World, sealed(bytes, 'room'));
        settle(new Encoder(state));
        JSON.stringify(state);
      });
      codes.set(code ?? 'fine', (codes.get(code ?? 'fine') ?? 0) + 1);
    }
    expect([...codes.keys()].sort()).toEqual(['bad-bytes', 'fine']);
    expect(codes.get('bad-bytes')).toBeGreaterThan(1_000);
  });

  it('say as little as changed', () => {
    const world = newWorld();
    const { recorder } = record(world);
    expect(recorder.delta()).toBeUndefined();
    world.ships.get('s1')!.x += 0.25;
    // 'D', version, number, nothing gone; the ship, one field of it, 25 counts more; end, end, next id, check
    expect(recorder.delta()!.length).toBe(2 + 1 + 1 + 3 + 1 + 1 + 1 + 4);
    expect(recorder.delta()).toBeUndefined();
  });

  it('of a snapshot say what the deltas up to it say, whatever was done since', () => {
    const world = newWorld();
    const { recorder } = record(world);
    const first = recorder.snapshot();
    world.scores.set('b', 2);
    const delta = recorder.delta()!.slice();
    const kept = JSON.stringify(world);
    world.scores.set('c', 3);
    world.ships.clear();
    world.best = new Ship({ name: 'new' });
    const second = recorder.snapshot();
    expect(JSON.stringify(restore(World, second).state)).toBe(kept);
    expect(JSON.stringify(restore(World, first, [delta]).state)).toBe(kept);
    expect(JSON.stringify(restore(World, second, [delta, recorder.delta()!.slice()]).state)).toBe(
      JSON.stringify(world),
    );
  });
});

describe('a state that comes back', () => {
  it('has what unreliable, untracked and full-state-only fields hold, and those that only views see', () => {
    const Part = schema({ v: t.number() }, 'Part');
    const State = schema(
      {
        fast: t.number().unreliable(),
        once: t.string().fullStateOnly(),
        patch: t.string().patchOnly(),
        mine: t.string().view(),
        parts: t.map(Part).view(4),
        quiet: t.number(),
        narrow: t.quantized({ min: -1, max: 1, bits: 16 }),
        huge: t.biguint64(),
      },
      'State',
    );
    const state = new State({
      fast: 1.5,
      once: 'o',
      patch: 'p',
      mine: 'm',
      quiet: 0,
      narrow: 0.3,
      huge: 2n ** 63n,
    } as never);
    const { recorder } = record(state as Schema);
    const snapshot = recorder.snapshot();
    state.untracked(() => (state.quiet = 0.1));
    state.fast = -0;
    state.parts.set('p', new Part({ v: NaN }));
    const back = restore<typeof state>(State, snapshot, [recorder.delta()!.slice()]).state;
    expect({ ...back.toJSON(), parts: back.parts.get('p')!.v }).toEqual({ ...state.toJSON(), parts: NaN });
    expect(back.huge).toBe(2n ** 63n);
    expect(Object.is(back.fast, -0)).toBe(true);
  });

  it('has none of what constructors made, and no id of it', () => {
    const Crew = schema(
      {
        chief: t.ref(Ship).optional(),
        ships: t.map(Ship),
        initialize() {
          this.chief = new Ship({ name: 'made' });
          this.ships.set('made', this.chief);
        },
      },
      'Crew',
    );
    const State = schema({ crews: t.array(Crew) }, 'CrewState');
    const state = new State();
    const crew = new Crew();
    crew.chief = undefined;
    crew.ships.clear();
    state.crews.push(crew, new Crew());
    const back = again(state);
    expect(back.toJSON()).toEqual(state.toJSON());
    const ids: (number | undefined)[] = [];
    forEachBelow(back, (each) => void ids.push(refIdOf(each)));
    const theirs: (number | undefined)[] = [];
    forEachBelow(state, (each) => void theirs.push(refIdOf(each)));
    expect(ids).toEqual(theirs);
  });

  it('is tracked, shares what was shared, and gives ids on from where they were', () => {
    const world = newWorld();
    world.ships.delete('s3');
    const { encoder, recorder } = record(world);
    world.ships.set('s4', new Ship({ name: 'later' }));
    world.best = world.ships.get('s2')!;
    const snapshot = recorder.snapshot();
    const { state, settle } = restore<World>(World, snapshot, [recorder.delta()!.slice()]);
    const other = new Encoder(state);
    settle(other);
    expect(state.list[0]).toBe(state.ships.get('s2'));
    expect(state.best).toBe(state.ships.get('s2'));
    expect(nextRefId(other)).toBe(nextRefId(encoder));
    expect(other.hasChanges).toBe(false);
    state.ships.get('s4')!.name = 'changed';
    expect(other.hasChanges).toBe(true);
    state.ships.set('s5', new Ship());
    expect(refIdOf(state.ships.get('s5')!)).toBe(nextRefId(encoder));
  });

  it('cannot be one with streams, one whose class wants arguments, or one that is nested without end', () => {
    const Streamed = schema({ ships: t.stream(Gun) }, 'Streamed');
    expect(() => record(new Streamed() as Schema)).toThrow('Streamed.ships is a stream');
    const Picky = schema({ n: t.number(), initialize(from: { n: number }) { this.n = from.n; } }, 'Picky'); // prettier-ignore
    const Holder = schema({ picky: t.ref(Picky).optional() }, 'Holder');
    const holder = new Holder();
    holder.picky = new Picky({ n: 1 });
    expect(() => again(holder as Schema)).toThrow('Picky cannot be made anew');
    const deep = new Chain();
    let last = deep;
    for (let i = 0; i < 1_500; i++) last = last.next = new Chain();
    expect(codeOf(() => again(deep))).toBe('unsupported');
  });

  it('may hold its own class, as long as it is not too deep, and refer to itself', () => {
    const chain = new Chain();
    chain.next = new Chain();
    chain.next.next = new Chain();
    chain.next.next.next = chain;
    const back = again(chain);
    expect(back.next!.next!.next).toBe(back);
  });
});

describe('the shape of a state', () => {
  const shapeOf = (fields: Parameters<typeof live>[0], rock: Parameters<typeof live>[0] = { x: fixed(0.01) }) => {
    const Rock = live(rock, 'Rock');
    return StateShape.of(classOf(live({ ...fields, rocks: t.map(Rock) } as never, 'State')));
  };
  const base = () => shapeOf({ a: t.string(), n: uint(9) });
  const match = (was: StateShape, is: StateShape) => matchShapes(readShape(writeShape(was)), is);

  it('fits one of the same classes, and one with fields at the end', () => {
    expect(match(base(), base()).isExtended).toBe(false);
    const longer = shapeOf({ a: t.string(), n: uint(9) }, { x: fixed(0.01), y: fixed(0.01) });
    expect(match(base(), longer).isExtended).toBe(true);
    expect(() => match(longer, base())).toThrow('Rock.y is gone');
  });

  it.each([
    ['State.a was string and is number', () => shapeOf({ a: t.number(), n: uint(9) })],
    ['State.n was int(0,9) and is int(0,10)', () => shapeOf({ a: t.string(), n: uint(10) })],
    ['State.n stands where State.a was', () => shapeOf({ n: uint(9), a: t.string() })],
    ['State.b stands where State.a was', () => shapeOf({ b: t.string(), n: uint(9) })],
    ['Rock.x was fixed(0.01', () => shapeOf({ a: t.string(), n: uint(9) }, { x: fixed(0.1) })],
  ])('fits no other: %s', (message, other) => {
    expect(() => match(base(), other())).toThrow(message);
    expect(codeOf(() => match(base(), other()))).toBe('other-schema');
  });

  it('says which class and which collection', () => {
    const Part = schema({ v: t.number() }, 'Part');
    const Other = schema({ v: t.number() }, 'Other');
    const of = (parts: unknown) => StateShape.of(classOf(schema({ parts } as never, 'State')));
    const was = of(t.map(Part));
    expect(() => match(was, of(t.array(Part)))).toThrow('State.parts was map of Part and is array of Part');
    expect(() => match(was, of(t.map(Other)))).toThrow('Part is Other now');
    expect(() => match(was, of(t.map('string')))).toThrow('State.parts was map of Part and is map of string');
  });

  it('with fields more brings the state back with their defaults, which get ids of their own', () => {
    const V1 = schema({ name: t.string(), rocks: t.map(schema({ x: t.number() }, 'Rock')) }, 'State');
    const Rock2 = schema({ x: t.number(), hard: t.boolean().default(true), parts: t.array(Gun) }, 'Rock');
    const V2 = schema(
      { name: t.string(), rocks: t.map(Rock2), more: t.map(Gun), level: t.uint8().default(3) },
      'State',
    );
    const state = V1.prototype.constructor as never as new () => InstanceType<typeof V1>;
    const old = new state();
    old.name = 'old';
    const RockOne = StateShape.of(classOf(V1)).classes.find(({ name }) => name === 'Rock')!.klass as unknown as new (
      parts: object,
    ) => { x: number } & Schema;
    old.rocks.set('r', new RockOne({ x: 5 }) as never);
    const { encoder, recorder } = record(old as Schema);
    const { state: back, settle } = restore<InstanceType<typeof V2>>(V2, recorder.snapshot());
    expect(back.toJSON()).toEqual({ name: 'old', rocks: { r: { x: 5, hard: true, parts: [] } }, more: {}, level: 3 });
    const ids = new Set<number | undefined>();
    let count = 0;
    forEachBelow(back, (each) => void (ids.add(refIdOf(each)), count++));
    expect(ids.size).toBe(count);
    expect(refIdOf(back.rocks.get('r')!)).toBe(refIdOf(old.rocks.get('r')!));
    const next = new Encoder(back);
    settle(next);
    expect(nextRefId(next)).toBe(nextRefId(encoder) + 2);
  });
});

describe('what a view sees', () => {
  const Secret = schema(
    { ships: t.map(Ship).view(), open: t.map(Gun), word: t.string().view(2), two: t.string().view(4) },
    'Secret',
  );

  it('comes back with its tags, its items and its subscriptions', () => {
    const state = new Secret({ word: 'w', two: 't' } as never);
    for (let i = 0; i < 5; i++) state.ships.set(`s${i}`, new Ship({ name: `s${i}` }));
    const { encoder, recorder } = record(state as Schema);
    const view = new StateView(true);
    view.add(state.ships.get('s1')!);
    view.add(state.ships.get('s3')!);
    view.add(state, 2);
    view.subscribe(state.open);
    const { state: back, settle } = restore<typeof state>(Secret, recorder.snapshot());
    const other = new Encoder(back as Schema);
    settle(other);
    const seen = readView(writeView(view, encoder), other);
    expect([...back.ships.values()].map((ship) => seen.has(ship))).toEqual(
      [...state.ships.values()].map((ship) => view.has(ship)),
    );
    expect(seen.has(back.open)).toBe(true);
    expect([2, 4].map((tag) => seen.hasTag(back, tag))).toEqual([true, false]);
    expect(seen.items.map((item) => refIdOf(item))).toEqual(view.items.map((item) => refIdOf(item)));
    expect([...writeView(seen, other)]).toEqual([...writeView(view, encoder)]);
    const full = (of: Encoder, by: StateView) => {
      const at = { offset: 0 };
      of.encodeAll(at);
      return [...of.encodeAllView(by, at.offset, at)];
    };
    expect(full(other, seen)).toEqual(full(encoder, view));
  });

  it('is refused when it is not the bytes of a view', () => {
    const state = new Secret();
    const { encoder } = record(state as Schema);
    const view = new StateView();
    view.add(state.ships);
    const bytes = writeView(view, encoder);
    for (let i = 0; i < bytes.length; i++)
      expect(codeOf(() => readView(bytes.subarray(0, i), encoder))).toBe('bad-bytes');
    const random = new Random(1);
    for (let i = 0; i < 2_000; i++) {
      expect([undefined, 'bad-bytes']).toContain(codeOf(() => readView(random.bytes(random.below(30)), encoder)));
    }
  });
});
