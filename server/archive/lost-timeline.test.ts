import { Callbacks, type Encoder, schema, StateView, t } from '@colyseus/schema';
import { describe, expect, it } from '@jest/globals';
import { fixed, live } from '../../shared/live/live.ts';
import { refIdOf } from '../../shared/schema/tracked.ts';
import { refuseComplaints } from '../../test/support/decoder-complaints.ts';
import { LiveStage, type StageClient } from '../../test/support/live-stage.ts';
import { IDS_AHEAD } from './state-builder.ts';
import { StateRecorder } from './state-recorder.ts';
import { StateReplay } from './state-replay.ts';
import { readView, writeView } from './view-membership.ts';

const Gun = schema({ ammo: t.uint8(), label: t.string() }, 'LostGun');
const Rock = live({ x: fixed(0.01), size: t.uint8(), gun: t.ref(Gun).optional() }, 'LostRock');
const Pickup = live(
  { y: fixed(0.1), z: fixed(0.1), kind: t.string(), worth: t.number(), much: t.number() },
  'LostPickup',
);
const State = schema(
  {
    rocks: t.map(Rock),
    pickups: t.map(Pickup),
    list: t.array(Rock),
    pool: t.set(Pickup),
    bag: t.collection(Rock),
    words: t.set('string'),
    scores: t.map('number'),
    hidden: t.map(Pickup).view(),
    best: t.ref(Rock).optional(),
  },
  'LostState',
);
type State = InstanceType<typeof State>;

refuseComplaints();

const encoderOf = (stage: LiveStage<State>): Encoder => (stage.serializer as unknown as { encoder: Encoder }).encoder;

/** An owner of the room, and what of it is durable. */
class Owner {
  readonly stage: LiveStage<State>;
  readonly view: StateView;
  readonly #recorder: StateRecorder;
  #kept: { snapshot: Uint8Array; view: Uint8Array };

  constructor(state: State, settle?: (encoder: Encoder) => void, view?: (encoder: Encoder) => StateView) {
    this.stage = new LiveStage(state);
    settle?.(encoderOf(this.stage));
    this.view = view?.(encoderOf(this.stage)) ?? new StateView();
    if (view === undefined) this.view.add(state.hidden);
    this.#recorder = new StateRecorder(encoderOf(this.stage), 'room');
    this.#kept = this.keep();
  }

  get state(): State {
    return this.stage.state;
  }

  keep(): { snapshot: Uint8Array; view: Uint8Array } {
    const view = writeView(this.view, encoderOf(this.stage));
    this.#recorder.delta(); // a snapshot is of then
    return (this.#kept = { snapshot: this.#recorder.snapshot(), view });
  }

  /** Another owner, with what was durable. @param takeovers since then */
  next(takeovers: number): Owner {
    const { snapshot, view } = this.#kept;
    const { state, settle } = new StateReplay(State as never, 'room', snapshot).build(takeovers * IDS_AHEAD);
    return new Owner(state as State, settle, (encoder) => readView(view, encoder));
  }
}

interface Pilot {
  at: StageClient<State>;
  /** What it heard come and go, by key. */
  heard: string[];
}

function join(owner: Owner, framed: boolean, seesHidden: boolean): Pilot {
  const at = owner.stage.join({ framed, ...(seesHidden && { view: owner.view }) });
  const heard: string[] = [];
  const callbacks = Callbacks.get(at.serializer.decoder);
  for (const field of ['rocks', 'pickups', 'hidden'] as const) {
    callbacks.onAdd(field, (_, key) => void heard.push(`+${key as string}`));
    callbacks.onRemove(field, (_, key) => void heard.push(`-${key as string}`));
  }
  return { at, heard };
}

const move = (pilot: Pilot, to: Owner): void => {
  const view = pilot.at.view === undefined ? {} : { view: to.view };
  pilot.at = to.stage.join({ cameFrom: pilot.at as StageClient<never>, ...view });
};

function newRock(x: number): InstanceType<typeof Rock> {
  const rock = new Rock({ x, size: x });
  rock.gun = new Gun({ ammo: x, label: `gun ${x}` });
  return rock;
}

const newPickup = (y: number): InstanceType<typeof Pickup> =>
  new Pickup({ y, z: y + 1, kind: `kind ${y}`, worth: y / 8, much: y * 1e9 });

function addRocks({ state, view }: Owner, name: string, count: number): void {
  for (let i = 0; i < count; i++) {
    const rock = newRock(i + 1);
    state.rocks.set(`${name} ${i}`, rock);
    state.list.push(rock);
    state.bag.add(newRock(i + 50));
    state.words.add(`${name} ${i}`);
    state.scores.set(`${name} ${i}`, i);
    const hidden = newPickup(i);
    state.hidden.set(`${name} h${i}`, hidden);
    view.add(hidden);
    state.best = rock;
  }
}

function addPickups({ state }: Owner, name: string, count: number): void {
  for (let i = 0; i < count; i++) {
    state.pickups.set(`${name} ${i}`, newPickup(i));
    state.pool.add(newPickup(i + 20));
    state.bag.add(newRock(i + 90));
    state.words.add(`${name} ${i}`);
    state.scores.set(`${name} ${i}`, 100 + i);
  }
}

/** All that a client has of the state is what the owner has, but for what only views see. */
function expectSame(pilot: Pilot, { state }: Owner): void {
  const all = state.toJSON() as Record<string, unknown>;
  const seen = pilot.at.view === undefined ? { ...all, hidden: {} } : all;
  expect({ hidden: {}, ...(pilot.at.state.toJSON() as object) }).toEqual(seen);
}

describe.each([
  ['framed', true, false],
  ['framed, with a view', true, true],
  ['plain', false, false],
  ['plain, with a view', false, true],
])('a %s client of a room whose owner played on behind what is durable', (_, framed, seesHidden) => {
  it('keeps what was durable, loses the rest, and takes what the next owners made for what it is', () => {
    const first = new Owner(new State());
    addRocks(first, 'old', 3);
    const pilot = join(first, framed, seesHidden);
    first.stage.tick();
    first.keep();
    const mine = pilot.at.state.rocks.get('old 1')!;
    const gun = mine.gun;
    addRocks(first, 'lost', 4);
    first.state.rocks.delete('old 2');
    first.state.rocks.get('old 0')!.gun = new Gun({ ammo: 9, label: 'lost' });
    first.stage.tick();
    expectSame(pilot, first);

    // The second is gone before anything that it did is durable.
    pilot.heard.length = 0;
    const second = first.next(1);
    addPickups(second, 'second', 5);
    move(pilot, second);
    expectSame(pilot, second);
    const lost = ['-lost 0', '-lost 1', '-lost 2', '-lost 3'];
    const came = ['+second 0', '+second 1', '+second 2', '+second 3', '+second 4'];
    const hidden = seesHidden ? ['-lost h0', '-lost h1', '-lost h2', '-lost h3'] : [];
    expect(pilot.heard.slice().sort()).toEqual(['+old 2', ...came, ...lost, ...hidden].sort());
    expect(pilot.at.state.rocks.get('old 1')).toBe(mine);
    expect(mine.gun).toBe(gun);
    second.state.pickups.get('second 0')!.kind = 'changed';
    second.stage.tick();
    expectSame(pilot, second);

    const third = first.next(2);
    addRocks(third, 'third', 5);
    move(pilot, third);
    expectSame(pilot, third);
    addPickups(third, 'later', 2);
    third.state.rocks.delete('third 1');
    third.state.bag.delete([...third.state.bag].at(-1)!);
    third.state.words.delete('third 0');
    third.state.rocks.get('third 2')!.gun!.label = 'changed';
    third.stage.tick();
    expectSame(pilot, third);
    third.keep();

    const fourth = third.next(1);
    addPickups(fourth, 'fourth', 3);
    move(pilot, fourth);
    fourth.state.rocks.get('old 1')!.x = 77;
    fourth.stage.tick();
    expectSame(pilot, fourth);
    expect(pilot.at.state.rocks.get('old 1')).toBe(mine);
    expect(mine.x).toBe(77);
    expect(refIdOf(fourth.state.pickups.get('fourth 0')!)).toBeLessThan(5 * IDS_AHEAD);
  });
});
