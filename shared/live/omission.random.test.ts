import type { Decoder } from '@colyseus/schema';
import { Encoder, Reflection, schema, StateView, t } from '@colyseus/schema';
import { describe, expect, it } from '@jest/globals';
import { refuseComplaints } from '../../test/support/decoder-complaints.ts';
import { Random } from '../../test/support/random.ts';
import { fixed, flag, live, quaternion, uint } from './live.ts';
import { liveLayoutOf } from './live-layout.ts';
import { forEachRef } from '../schema/attached.ts';
import { setOmission } from '../schema/omission.ts';
import { refIdOf } from '../schema/tracked.ts';

const Gun = live({ heat: fixed(0.1), ammo: t.uint8() }, 'RandomGun');
const Ship = live(
  { name: t.string(), x: fixed(0.01), boost: flag(), rotation: quaternion(0.001), gun: t.ref(Gun).optional() },
  'RandomShip',
);
const Boat = Ship.extend({ sail: t.uint8(), wind: fixed(0.5) }, 'RandomBoat');
const Rock = live({ x: fixed(0.01) }, 'RandomRock');
const State = live(
  {
    tick: uint(2 ** 30),
    ships: t.map(Ship),
    list: t.array(Ship),
    rocks: t.map(Rock),
    hidden: t.map(Ship).view(),
  },
  'RandomState',
);
type State = InstanceType<typeof State>;
type Ship = InstanceType<typeof Ship>;

/** A game in which anything may happen in a tick. */
class Game {
  readonly state = new State();
  readonly #random: Random;
  #named = 0;

  constructor(random: Random) {
    this.#random = random;
  }

  act(views: readonly StateView[][]): void {
    const { state } = this;
    const random = this.#random;
    const key = `k${random.below(6)}`;
    const map = random.chance(0.5) ? state.ships : state.hidden;
    const ships = [...state.ships.values(), ...state.hidden.values(), ...state.list];
    const some = ships.length > 0 ? random.pick(ships) : undefined;
    const acts: (() => void)[] = [
      () => map.set(key, this.#ship()),
      () => map.delete(key),
      () => state.list.push(this.#ship()),
      () => state.list.shift(),
      () => state.rocks.set(key, new Rock({ x: random.next() })),
      () => state.rocks.delete(key),
      () => state.tick++,
      () => some && (some.gun = this.#gun()),
      () => some && (some.gun = undefined),
      () => some && (some.name = this.#name()),
      () => some && (some.x = random.next() * 10),
      () => some && (some.boost = !some.boost),
      () => some?.rotation.set(random.next(), random.next(), random.next(), random.next()),
      () => some?.gun && (some.gun.heat = random.next()),
      () => this.#show(views),
    ];
    random.pick(acts)();
  }

  /** Shows something hidden to one of the clients that have views: to both of its twins. */
  #show(views: readonly StateView[][]): void {
    const hidden = [...this.state.hidden.values()];
    if (hidden.length === 0 || views.length === 0) return;
    const shown = this.#random.pick(hidden);
    for (const view of this.#random.pick(views)) view.add(shown);
  }

  #name(): string {
    return `n${this.#named++}`;
  }

  #gun() {
    return new Gun({ heat: this.#random.next(), ammo: this.#random.below(200) });
  }

  #ship(): Ship {
    const parts = {
      name: this.#name(),
      x: this.#random.next(),
      gun: this.#random.chance(0.5) ? this.#gun() : undefined,
    };
    return this.#random.chance(0.5) ? new Ship(parts) : new Boat({ ...parts, sail: 1, wind: this.#random.next() * 9 });
  }
}

type Encode = (at: { offset: number }, view: StateView | undefined, sharedEnd: number) => Uint8Array;

/** One client twice: as plain Colyseus has it, and one for which live fields are left out. */
class Twins {
  readonly decoders: readonly [stock: Decoder<State>, bare: Decoder<State>];
  readonly views: StateView[];

  constructor(encoder: Encoder<State>, hasView: boolean) {
    const reflection = Reflection.encode(encoder);
    this.decoders = [Reflection.decode<State>(reflection), Reflection.decode<State>(reflection)];
    this.views = hasView ? [new StateView(), new StateView()] : [];
  }
}

/** Of two instances in three, the live fields are left out. */
const omits = (instance: object): boolean => refIdOf(instance)! % 3 !== 0;

/** Sends an encoding to all: what everyone gets, then what is a view's own. */
function send(encoder: Encoder<State>, clients: readonly Twins[], encode: Encode): void {
  for (const which of [0, 1] as const) {
    setOmission(encoder, which === 1 ? omits : undefined);
    const at = { offset: 0 };
    const shared = encode(at, undefined, 0).slice();
    const sharedEnd = at.offset;
    for (const { decoders, views } of clients) {
      at.offset = sharedEnd;
      const view = views[which];
      decoders[which].decode(view === undefined ? shared : encode(at, view, sharedEnd).slice());
    }
  }
}

const scalars = (instance: object): Record<string, unknown> =>
  Object.fromEntries(Object.entries(instance).filter(([, value]) => typeof value !== 'object'));

/** The same instances, and the same values but for live ones of those that are left out. */
function compare({ decoders: [stock, bare] }: Twins, classes: ReadonlyMap<number, object>): void {
  expect(new Set(bare.root.refs.keys())).toEqual(new Set(stock.root.refs.keys()));
  for (const [refId, instance] of stock.root.refs) {
    const expected = scalars(instance);
    const live = omits(instance) ? (liveLayoutOf(classes.get(refId)!)?.fields ?? []) : [];
    for (const field of live) {
      for (const name of field.kind === 'quaternion' ? ['x', 'y', 'z', 'w'] : [field.name]) delete expected[name];
    }
    expect(scalars(bare.root.refs.get(refId)!)).toEqual(expected);
  }
}

describe('setOmission', () => {
  refuseComplaints();

  it.each([1, 2, 3, 4, 5, 6, 7, 8, 9, 10])('leaves out live fields and nothing else: seed %i', (seed) => {
    const random = new Random(seed);
    const game = new Game(random);
    const encoder = new Encoder(game.state);
    // Clients may keep what the server has removed, so that is not the place to ask for classes.
    const classes = new Map<number, object>();
    const clients: Twins[] = [];
    for (let tick = 0; tick < 80; tick++) {
      for (let i = random.below(7); i > 0; i--)
        game.act(clients.map(({ views }) => views).filter(({ length }) => length));
      send(encoder, clients, (at, view, end) => (view ? encoder.encodeView(view, end, at) : encoder.encode(at)));
      encoder.discardChanges();
      send(encoder, clients, (at, view, end) =>
        view ? encoder.encodeUnreliableView(view, end, at) : encoder.encodeUnreliable(at),
      );
      encoder.discardUnreliableChanges();
      if (tick % 20 === 0) {
        const joining = [new Twins(encoder, false), new Twins(encoder, true)];
        send(encoder, joining, (at, view, end) =>
          view ? encoder.encodeAllView(view, end, at) : encoder.encodeAll(at),
        );
        clients.push(...joining);
      }
      forEachRef(encoder, (instance, refId) => classes.set(refId, instance.constructor));
      for (const client of clients) compare(client, classes);
    }
  });

  it('costs no byte for an instance that has nothing but live fields', () => {
    const Lone = schema({ rotation: t.string(), rocks: t.map(Rock) }, 'RandomLone');
    const lengths = [0, 1].map((rocks) => {
      const state = new Lone();
      for (let i = 0; i < rocks; i++) state.rocks.set('k', new Rock());
      const encoder = new Encoder(state);
      setOmission(encoder, () => true);
      return encoder.encodeAll().length;
    });
    // The switch to the map; operation, index, key and refId of its entry.
    expect(lengths[1]! - lengths[0]!).toBe(2 + 1 + 1 + 2 + 1);
  });
});
