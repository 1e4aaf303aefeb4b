import { Encoder, schema, StateView, t } from '@colyseus/schema';
import { describe, expect, it } from '@jest/globals';
import { Random } from '../../test/support/random.ts';
import { fixed, live, quaternion } from '../live/live.ts';
import { isVisible } from '../schema/sight.ts';
import { refIdOf, treeOf } from '../schema/tracked.ts';
import { EncoderStream } from './encoder-stream.ts';
import { LiveEntities } from './live-entities.ts';

const Gun = live({ heat: fixed(0.1) }, 'SightGun');
const Ship = live(
  { x: fixed(0.01), rotation: quaternion(0.001), guns: t.map(Gun), spare: t.ref(Gun).optional() },
  'SightShip',
);
const Fleet = schema({ name: t.string(), ships: t.map(Ship), secret: t.map(Ship).view() }, 'SightFleet');
const State = schema(
  {
    open: t.map(Ship),
    list: t.array(Ship),
    hidden: t.map(Ship).view(),
    row: t.array(Ship).view(),
    tagged: t.map(Ship).view(2),
    fleets: t.map(Fleet).view(),
    flagship: t.ref(Ship).optional(),
    captured: t.ref(Ship).view().optional(),
    shots: t.stream(Gun),
  },
  'SightState',
);
type Ship = InstanceType<typeof Ship>;
type Gun = InstanceType<typeof Gun>;

const NOTHING = new Uint8Array(0);

/** A state in which views may see anything, and a stream for each of them and for those without one. */
class Scene {
  readonly state = new State();
  readonly encoder = new Encoder(this.state);
  readonly entities = new LiveEntities(this.encoder);
  readonly streams = new Map<StateView | undefined, EncoderStream>();
  readonly #random: Random;
  readonly #guns: Gun[] = [];

  constructor(random: Random) {
    this.#random = random;
    this.encoder.sharedBuffer = new Uint8Array(1 << 18);
  }

  follow(view: StateView | undefined): void {
    this.streams.set(view, new EncoderStream(this.entities, view, true));
  }

  act(): void {
    const { state } = this;
    const random = this.#random;
    const key = `k${random.below(5)}`;
    const fleet = state.fleets.get(key) ?? new Fleet({ name: key });
    const maps = [state.open, state.hidden, state.tagged, fleet.ships, fleet.secret];
    const lists = [state.list, state.row];
    const ships = [...new Set([...maps.flatMap((map) => [...map.values()]), ...lists.flatMap((list) => [...list])])];
    const some = ships.length > 0 && random.chance(0.6) ? random.pick(ships) : new Ship({ x: random.below(9) });
    const gun = this.#guns.length > 0 && random.chance(0.4) ? random.pick(this.#guns) : new Gun({ heat: 1 });
    this.#guns.push(gun);
    const [map, list] = [random.pick(maps), random.pick(lists)];
    const acts: (() => unknown)[] = [
      () => map.set(key, some),
      () => map.set(key, new Ship()),
      () => map.delete(key),
      () => list.includes(some) || list.push(some),
      () => list.shift(),
      () => state.fleets.set(key, fleet),
      () => state.fleets.delete(key),
      () => (state.flagship = random.chance(0.5) ? some : undefined),
      () => (state.captured = random.chance(0.5) ? some : undefined),
      () => some.guns.set(key, gun),
      () => some.guns.delete(key),
      () => (some.spare = random.chance(0.7) ? gun : undefined),
      () => (some.x += 1),
      () => refIdOf(gun) === undefined && state.shots.add(gun),
      () => this.#look(some, gun, [state.hidden, state.row, state.tagged, state.open, state.fleets, fleet]),
      () => this.#look(some, gun, [state.hidden, state.row, state.tagged, state.open, state.fleets, fleet]),
      () => this.#look(some, gun, [state.hidden, state.row, state.tagged, state.open, state.fleets, fleet]),
    ];
    random.pick(acts)();
  }

  /** A view does something with what it can do it with. */
  #look(ship: Ship, gun: Gun, others: readonly object[]): void {
    const random = this.#random;
    const view = random.pick([...this.streams.keys()]);
    const what = random.pick<object>([ship, ship, ship, gun, ship.guns, ...others]) as never;
    if (view === undefined || !this.#holds(what)) return;
    random.pick<() => unknown>([
      () => view.add(what),
      () => view.add(what),
      () => view.add(what, 2),
      () => view.remove(what),
      () => view.remove(what, 2),
      () => 'forEach' in what && view.subscribe(what),
      () => 'forEach' in what && view.unsubscribe(what),
      () => {
        if (random.chance(0.7)) return;
        // Schema has a view that is no more see what the one sees that gets its number.
        view.dispose();
        view.add(this.state.open);
      },
    ])();
  }

  #holds(instance: object): boolean {
    const refId = refIdOf(instance);
    return refId !== undefined && this.encoder.root.changeTrees[refId] !== undefined;
  }

  /** What a look at everything finds: refIds of those that a view sees, by it. */
  seen(): number[][] {
    const all = [...this.entities.all.values()];
    return Array.from(this.streams.keys(), (view) =>
      all.flatMap(({ refId, instance }) => (isVisible(view, treeOf(instance)) ? [refId] : [])),
    );
  }

  told(): number[][] {
    const refIds = [...this.entities.all.keys()];
    return Array.from(this.streams.values(), (stream) => refIds.filter((refId) => stream.has(refId)));
  }

  tick(): void {
    const { encoder, entities } = this;
    const at = { offset: 0 };
    encoder.encode(at);
    const shared = at.offset;
    for (const [view, stream] of this.streams) {
      if (view !== undefined) encoder.encodeView(view, shared, { offset: shared });
      stream.delta(NOTHING);
    }
    encoder.discardChanges();
    encoder.discardUnreliableChanges();
    entities.endTick();
  }
}

describe('who is in a stream (D4)', () => {
  it.each(Array.from({ length: 40 }, (_, seed) => seed))(
    '[D4] all that its view sees, and nobody else: seed %i',
    (seed) => {
      const random = new Random(seed);
      const scene = new Scene(random);
      for (let i = random.below(40); i > 0; i--) scene.act();
      scene.follow(undefined);
      for (let tick = 0; tick < 150; tick++) {
        for (let i = random.chance(0.7) ? random.below(6) : 0; i > 0; i--) scene.act();
        if (tick % 40 === 5) scene.follow(new StateView());
        scene.tick();
        const [told, seen] = [scene.told(), scene.seen()];
        if (JSON.stringify(told) !== JSON.stringify(seen)) expect(told).toEqual(seen); // which by itself would be slow
      }
    },
  );
});
