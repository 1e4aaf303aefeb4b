import { StateView } from '@colyseus/schema';
import type { Fleet, GameSchema, GameState, Motion, Ship } from './live-schemas.ts';
import { LiveStage, type StageClient } from './live-stage.ts';

/** One step of a game: which, and two numbers that say of what. */
export type Act = readonly [kind: number, one: number, other: number];

/** Those of before the first act: the view of each, and whether it speaks frames. */
const FIRST_CLIENTS: readonly (readonly [view: number | undefined, framed: boolean])[] = [
  [undefined, true],
  [undefined, false],
  [0, true],
  [0, true],
  [1, true],
  [1, false],
];
const MOST_CLIENTS = 8;

/**
 * A game in which anything may happen in any order, and clients of every kind come, go, fall behind and look elsewhere.
 * Each act is three numbers, so that fast-check can make a failing game smaller.
 */
export class LiveGame {
  readonly stage: LiveStage<GameState>;
  readonly views: readonly StateView[];
  readonly #schema: GameSchema;
  readonly #motions = new Map<Ship, Motion>();
  /** What was removed and may come back. */
  readonly #graveyard: Ship[] = [];
  #named = 0;
  /**
   * An array was changed since the tick, or something put into a second place. Schema's own full state in the middle of a
   * tick then repeats or loses entries, for plain clients too: none is asked for.
   */
  #unsettled = false;
  readonly #isTwin: boolean;
  /** Those that speak frames, or do so in the game that this one is the twin of. */
  readonly #framed = new Set<StageClient<GameState>>();

  /** @param options isTwin: no client speaks frames, whatever the acts say */
  constructor(schema: GameSchema, { timed = false, isTwin = false } = {}) {
    this.#schema = schema;
    this.#isTwin = isTwin;
    this.stage = new LiveStage(new schema.State(), { timed });
    const { hidden, squads } = this.stage.state;
    this.views = [new StateView(), new StateView()];
    // A view that does not see the map itself would leave a client that comes to it with what the last one showed.
    for (const view of this.views) for (const map of [hidden, squads]) view.add(map);
    for (const [view, framed] of FIRST_CLIENTS) this.#enter(framed, view === undefined ? undefined : this.views[view]);
  }

  /** Kinds of acts. */
  static readonly acts = 34;
  /** Ticks that were sent. */
  ticks = 0;

  act([kind, one, other]: Act): void {
    const acts: (() => void)[] = [
      () => this.#put(this.#newShip(other), one),
      () => this.#put(this.#newShip(other), one),
      () => this.#take(one),
      () => this.#move(one, other),
      () => this.#share(one, other),
      () => this.#revive(one, other),
      () => this.#drive(one, other),
      () => this.#drive(one, other),
      () => this.#rename(one),
      () => this.#arm(one, other),
      () => this.#rock(one, other),
      () => this.#fleet(one, other),
      () => this.#join(one, other),
      () => this.#withClient(one, (client) => this.stage.leave(client)),
      () => this.#withClient(one, (client) => this.#neglect(client, true)),
      () => this.#withClient(one, (client) => client.recover()),
      () => this.#withClient(one, (client) => client.recover()),
      () => this.#withClient(one, (client) => this.#neglect(client, false)),
      () => this.#withClient(one, (client) => this.#repeat(client)),
      () => this.#show(one, other),
      () => this.#show(one, other),
      () => this.#hide(one, other),
      () => this.#look(one, other),
      () => (this.stage.state.tick += one % 3),
    ];
    const chosen = acts[kind];
    if (chosen === undefined) this.tick();
    else chosen();
  }

  tick(): void {
    const { state } = this.stage;
    state.tick++;
    for (const ship of this.#all()) this.#motions.get(ship)?.(ship, state.tick);
    for (const rock of state.rocks.values()) rock.spin += 11;
    this.#unsettled = false;
    this.ticks++;
    this.stage.tick();
  }

  /** What a client with this view has to hold. */
  expected(view: StateView | undefined): string {
    const { state } = this.stage;
    const seen = (map: Iterable<[string, Ship | Fleet]>): object =>
      Object.fromEntries([...map].flatMap(([key, each]) => (view?.has(each) ? [[key, each.toJSON()]] : [])));
    return plain({ ...state.toJSON(), hidden: seen(state.hidden), squads: seen(state.squads) });
  }

  /** What it holds. */
  held(client: StageClient<GameState>): string {
    const { hidden = {}, squads = {}, ...rest } = client.state.toJSON() as Record<string, unknown>;
    return plain({ ...rest, hidden, squads });
  }

  get #fleets(): Fleet[] {
    const { fleets, squads } = this.stage.state;
    return [...fleets.values(), ...squads.values()];
  }

  get #maps() {
    const { ships, hidden } = this.stage.state;
    return [ships, hidden, ...this.#fleets.map(({ byName }) => byName)];
  }

  get #arrays() {
    return [this.stage.state.list, ...this.#fleets.map(({ ships }) => ships)];
  }

  #all(): Ship[] {
    return [...new Set([...this.#maps, ...this.#arrays].flatMap((places) => [...places.values()]))];
  }

  #ship(which: number): Ship | undefined {
    const all = this.#all();
    return all[which % Math.max(1, all.length)];
  }

  #newShip(how: number): Ship {
    const { Ship, Boat, Gun, motions } = this.#schema;
    const parts = {
      name: `n${this.#named++}`,
      n0: (how % 400) / 10 - 20,
      gun: how % 3 === 0 ? new Gun({ heat: how % 50, ammo: 3 }) : undefined,
    };
    const ship = how % 5 === 0 ? new Boat(parts) : new Ship(parts);
    if (how % 7 === 0) ship.rotation.set(0.4, 0, 0, 1);
    this.#motions.set(ship, motions[how % motions.length]!);
    return ship;
  }

  /** Into one of the places that there are; what was there is gone. */
  #put(ship: Ship, where: number): void {
    const { state } = this.stage;
    const fleet = this.#fleets[where % 3];
    const key = `k${where % 7}`;
    const places = [
      () => state.ships.set(key, ship),
      // Under a key of its own: Schema tells a view of what takes the place of something that it saw.
      () => state.hidden.set(`h${this.#named++}`, ship),
      () => this.#push(state.list, ship),
      () => (fleet === undefined ? state.ships.set(key, ship) : this.#push(fleet.ships, ship)),
      () => (fleet === undefined ? state.ships.set(key, ship) : fleet.byName.set(key, ship)),
    ];
    places[where % places.length]!();
  }

  /** Into a second place, among those that all clients see. */
  #share(which: number, where: number): void {
    const { ships, list, fleets } = this.stage.state;
    const open = [...ships.values(), ...list, ...[...fleets.values()].flatMap(({ byName }) => [...byName.values()])];
    const ship = open[which % Math.max(1, open.length)];
    if (ship === undefined) return;
    this.#unsettled = true;
    const fleet = [...fleets.values()][0];
    if (where % 3 === 0 && fleet !== undefined) fleet.byName.set(`k${where % 7}`, ship);
    else if (where % 3 === 1 && !list.includes(ship)) list.push(ship);
    else ships.set(`k${where % 7}`, ship);
  }

  #push(array: { push(ship: Ship): void }, ship: Ship): void {
    this.#unsettled = true;
    array.push(ship);
  }

  #take(which: number): Ship | undefined {
    const ship = this.#ship(which);
    if (ship === undefined) return undefined;
    for (const map of this.#maps) for (const [key, there] of map) if (there === ship) map.delete(key);
    for (const array of this.#arrays) {
      const at = array.indexOf(ship);
      if (at < 0) continue;
      this.#unsettled = true;
      array.splice(at, 1);
    }
    this.#graveyard.push(ship);
    return ship;
  }

  #move(which: number, where: number): void {
    const ship = this.#take(which);
    if (ship === undefined) return;
    this.#graveyard.pop();
    this.#put(ship, where);
  }

  #revive(which: number, where: number): void {
    const [ship] = this.#graveyard.splice(which % Math.max(1, this.#graveyard.length), 1);
    if (ship !== undefined) this.#put(ship, where);
  }

  #drive(which: number, how: number): void {
    const ship = this.#ship(which);
    if (ship !== undefined) this.#motions.set(ship, this.#schema.motions[how % this.#schema.motions.length]!);
  }

  #rename(which: number): void {
    const ship = this.#ship(which);
    if (ship !== undefined) ship.name = `n${this.#named++}`;
  }

  #arm(which: number, how: number): void {
    const ship = this.#ship(which);
    if (ship !== undefined) ship.gun = how % 3 === 0 ? undefined : new this.#schema.Gun({ heat: how % 90, ammo: 7 });
  }

  #rock(which: number, how: number): void {
    const { rocks } = this.stage.state;
    if (how % 3 === 0) rocks.delete(`r${which % 5}`);
    else rocks.set(`r${which % 5}`, new this.#schema.Rock({ x: how % 100 }));
  }

  #fleet(which: number, how: number): void {
    const { fleets, squads } = this.stage.state;
    const isHidden = how % 2 === 0;
    const map = isHidden ? squads : fleets;
    const key = `f${which % 2}`;
    if (how % 3 === 0) map.delete(key);
    // In a view's map under a key of its own, as ships are.
    else map.set(isHidden ? `s${this.#named++}` : key, new this.#schema.Fleet({ name: `n${this.#named++}` }));
  }

  #join(which: number, how: number): void {
    if (this.stage.clients.length >= MOST_CLIENTS) return;
    if (this.#unsettled) this.tick();
    this.#enter(how % 3 !== 0, how % 2 === 0 ? undefined : this.views[which % this.views.length]);
  }

  #enter(framed: boolean, view: StateView | undefined): void {
    const client = this.stage.join({ framed: framed && !this.#isTwin, ...(view === undefined ? {} : { view }) });
    if (framed) this.#framed.add(client);
  }

  #withClient(which: number, does: (client: StageClient<GameState>) => void): void {
    const { clients } = this.stage;
    const client = clients[which % Math.max(1, clients.length)];
    if (client !== undefined) does(client);
  }

  /** One of plain Colyseus misses nothing: a full state does not mend all of it (see decodeWhole). */
  #neglect(client: StageClient<GameState>, lags: boolean): void {
    if (!this.#framed.has(client)) return;
    client.isOwed = true;
    if (lags) client.lag();
  }

  /** The whole state, though the client is level. */
  #repeat(client: StageClient<GameState>): void {
    if (this.#unsettled) this.tick();
    if (!client.isOwed) client.sendWhole();
  }

  #show(which: number, whose: number): void {
    const each = this.#secret(which);
    if (each !== undefined) this.views[whose % this.views.length]!.add(each);
  }

  #hide(which: number, whose: number): void {
    const each = this.#secret(which);
    const view = this.views[whose % this.views.length]!;
    if (each !== undefined && view.has(each)) view.remove(each);
  }

  #secret(which: number): Ship | Fleet | undefined {
    const { hidden, squads } = this.stage.state;
    const all = [...hidden.values(), ...squads.values()];
    return all[which % Math.max(1, all.length)];
  }

  /** Another view for a client that has one: Schema has no way to take back all that a view has shown. */
  #look(which: number, whose: number): void {
    this.#withClient(which, (client) => {
      const view = this.views[whose % this.views.length];
      if (client.view === undefined || client.view === view || !this.#framed.has(client)) return;
      client.view = view;
      if (!client.framed) client.isOwed = true; // Colyseus does nothing of itself
    });
  }
}

/** As JSON, with keys in order: a reader makes fields and entries in the order in which they come. */
function plain(value: unknown): string {
  return JSON.stringify(value, (_key, part: unknown) => {
    if (typeof part !== 'object' || part === null || Array.isArray(part)) return part;
    return Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)));
  });
}
