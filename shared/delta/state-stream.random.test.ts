import { schema, StateView, t } from '@colyseus/schema';
import { describe, expect, it } from '@jest/globals';
import { refuseComplaints } from '../../test/support/decoder-complaints.ts';
import { LiveServer } from '../../test/support/live-session.ts';
import { Random } from '../../test/support/random.ts';
import { angle, fixed, flag, int, live, quaternion, uint } from '../live/live.ts';

const Gun = live({ heat: fixed(0.1), ammo: t.uint8() }, 'StreamGun');
const Ship = live(
  {
    name: t.string(),
    x: fixed(0.01),
    heading: angle(360, 360),
    hull: uint(100).default(100),
    boost: flag(),
    rotation: quaternion(0.001),
    gun: t.ref(Gun).optional(),
  },
  'StreamShip',
);
const Boat = Ship.extend({ sail: t.uint8(), wind: int(-5, 5) }, 'StreamBoat');
const Rock = live({ x: fixed(0.01) }, 'StreamRock');
const fields = {
  tick: uint(2 ** 30),
  flagship: t.ref(Ship).optional(),
  ships: t.map(Ship),
  list: t.array(Ship),
  rocks: t.map(Rock),
  crew: t.map('string'),
};
const OpenState = live(fields, 'StreamOpenState');
const ViewState = live({ ...fields, hidden: t.map(Ship).view() }, 'StreamViewState');
type Ship = InstanceType<typeof Ship>;
type OpenState = InstanceType<typeof OpenState>;
type ViewState = InstanceType<typeof ViewState>;

/** A game in which anything may happen in a tick, and much goes on as it did. */
class Game<State extends OpenState> {
  readonly state: State;
  readonly #random: Random;
  /** Whether instances lie in several places. */
  readonly #shares: boolean;
  readonly #movers = new Map<Ship, () => void>();
  #named = 0;

  constructor(state: State, random: Random, shares: boolean) {
    this.state = state;
    this.#random = random;
    this.#shares = shares;
  }

  get ships(): Ship[] {
    const { ships, list, flagship } = this.state;
    const hidden = (this.state as unknown as Partial<ViewState>).hidden;
    return [...new Set([...ships.values(), ...(hidden?.values() ?? []), ...list, ...(flagship ? [flagship] : [])])];
  }

  tick(): void {
    for (let i = this.#random.chance(0.5) ? this.#random.below(5) : 0; i > 0; i--) this.#act();
    for (const ship of this.ships) this.#movers.get(ship)?.();
  }

  #act(): void {
    const { state } = this;
    const random = this.#random;
    const key = `k${random.below(6)}`;
    const hidden = (state as unknown as Partial<ViewState>).hidden;
    const map = hidden !== undefined && random.chance(0.5) ? hidden : state.ships;
    const some = this.ships.length > 0 ? random.pick(this.ships) : undefined;
    const acts: (() => unknown)[] = [
      () => map.set(key, this.#ship()),
      () => map.delete(key),
      () => state.list.push(this.#ship()),
      () => state.list.shift(),
      () => state.list.length > 1 && state.list.splice(1, 1),
      () => state.rocks.set(key, new Rock({ x: random.next() })),
      () => state.rocks.delete(key),
      () => state.rocks.get(key) && (state.rocks.get(key)!.x += random.next()),
      () => state.tick++,
      () => state.crew.set(key, this.#name()),
      () => (state.flagship = this.#ship()),
      () => (state.flagship = undefined),
      () => some && (some.gun = this.#gun()),
      () => some && (some.gun = undefined),
      () => some && (some.name = this.#name()),
      () => some && (some.x = random.next() * 10_000),
      () => some && (some.boost = !some.boost),
      () => some?.rotation.set(random.next(), random.next(), random.next(), random.next()),
      () => some && (some.rotation.x = random.next()),
      () => some && Object.assign(some.rotation, { x: random.next(), y: 0.1, z: random.next(), w: 0.5 }),
      () => some?.gun && (some.gun.heat = random.next()),
      () => some && this.#movers.set(some, this.#mover(some)),
      () => some && this.#movers.set(some, () => {}),
      () => this.#movers.clear(),
    ];
    // What moves between places, or lies in several.
    const moves: (() => unknown)[] = [
      () => some && map.set(key, some),
      // Not twice into the array: then Schema itself loses count.
      () => some && !state.list.includes(some) && state.list.push(some),
      () => (state.flagship = some),
      () => {
        const [from, moved] = [...state.ships].at(-1) ?? [];
        if (from === undefined) return;
        state.ships.delete(from);
        map.set(key, moved!);
        if (random.chance(0.5)) moved!.x += 1;
      },
    ];
    random.pick(this.#shares ? [...acts, ...moves] : acts)();
  }

  #mover(ship: Ship): () => void {
    const random = this.#random;
    const speed = (random.next() - 0.5) * 10;
    let t = 0;
    return random.pick([
      () => (ship.x += speed),
      () => (ship.x += Math.round(speed)),
      () => (ship.heading += Math.round(speed)),
      () => (ship.hull += speed),
      () => ship.rotation.set(Math.sin((t += 0.03)), 0, 0.2, Math.cos(t)),
      () => (ship.boost = random.chance(0.5)),
    ]);
  }

  #name(): string {
    return `n${this.#named++}`;
  }

  #gun() {
    return new Gun({ heat: this.#random.next(), ammo: this.#random.below(200) });
  }

  #ship(): Ship {
    const random = this.#random;
    const parts = { name: this.#name(), x: random.next(), gun: random.chance(0.5) ? this.#gun() : undefined };
    return random.chance(0.5) ? new Ship(parts) : new Boat({ ...parts, sail: 1, wind: random.below(9) });
  }
}

refuseComplaints();

/** With keys in the same order: classes made by reflection have their parents' fields first. */
const json = (state: OpenState): string =>
  JSON.stringify(state.toJSON(), (_, value: unknown) =>
    value === null || typeof value !== 'object' || Array.isArray(value)
      ? value
      : Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))),
  );

/** A client twice: one that follows the stream, and one as plain Colyseus has it. */
function twins<State extends OpenState>(server: LiveServer<State>, hasViews: boolean, own?: () => State) {
  const views = hasViews ? ([new StateView(), new StateView()] as const) : ([undefined, undefined] as const);
  const joining = (view: StateView | undefined) => ({ view, ...(own && { own: own() }) });
  return { client: server.join(joining(views[0])), plain: server.joinPlain(joining(views[1])), views };
}

const seeds = (count: number) => Array.from({ length: count }, (_, seed) => seed);

/** Plays a game to clients that come one by one. Where it shares, Schema itself cannot be joined in the middle of a tick. */
function play<State extends OpenState>(
  random: Random,
  state: State,
  { shares, midTick }: { shares: boolean; midTick: boolean },
  join: (server: LiveServer<State>) => ReturnType<typeof twins<State>>,
  beforeTick: (clients: readonly ReturnType<typeof twins<State>>[]) => void = () => {},
): void {
  const game = new Game(state, random, shares);
  const server = new LiveServer<State>(state);
  const clients: ReturnType<typeof twins<State>>[] = [];
  for (let tick = 0; tick < 150; tick++) {
    if (midTick) game.tick();
    if (tick % 15 === 3) clients.push(join(server));
    game.tick();
    beforeTick(clients);
    server.tick();
    for (const { client, plain } of clients) expect(json(client.state)).toBe(json(plain.state));
  }
}

describe('a stream of a random game', () => {
  it.each(seeds(10))('[D12] brings clients that join at any time to the state of plain ones: seed %i', (seed) => {
    const random = new Random(seed);
    play(random, new OpenState(), { shares: false, midTick: true }, (server) =>
      twins(server, false, random.chance(0.5) ? () => new OpenState() : undefined),
    );
  });

  it.each(seeds(10))('[D12] so it does where instances move about and lie in several places: seed %i', (seed) => {
    const random = new Random(seed);
    play(random, new OpenState(), { shares: true, midTick: false }, (server) =>
      twins(server, false, random.chance(0.5) ? () => new OpenState() : undefined),
    );
  });

  it.each(seeds(10))('[D12] so it does where clients have views: seed %i', (seed) => {
    const random = new Random(seed);
    const state = new ViewState();
    const shown = new Map<StateView, Ship[]>();
    play(
      random,
      state,
      { shares: false, midTick: true },
      (server) => twins(server, random.chance(0.7)),
      (clients) => {
        const hidden = [...state.hidden.values()];
        const [view, plainView] = clients.length > 0 ? random.pick(clients).views : [];
        if (view === undefined || hidden.length === 0) return;
        const some = random.pick(hidden);
        const known = shown.get(view) ?? [];
        if (random.chance(0.3)) {
          for (const one of [view, plainView!]) one.add(some);
          shown.set(view, [...known, some]);
        } else if (known.includes(some) && random.chance(0.3)) {
          for (const one of [view, plainView!]) one.remove(some);
        }
      },
    );
  });
});

it('schema() alone has no live fields to tell of', () => {
  const server = new LiveServer(new (schema({ n: t.number() }, 'StreamPlain'))());
  expect(server.entities.layouts).toEqual([]);
});
