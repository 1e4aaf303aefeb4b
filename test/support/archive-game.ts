import { schema, type StateView, t } from '@colyseus/schema';
import { angle, fixed, flag, live, quaternion, uint } from '../../shared/live/live.ts';

/** How many teams were made, also such as a team's constructor was run for. */
export const made = { teams: 0 };

const Gun = live({ heat: fixed(0.1, { min: 0, max: 100 }), ammo: t.uint8() }, 'ArchiveGun');

const Item = live(
  {
    name: t.string(),
    x: fixed(0.01),
    rotation: quaternion(0.001),
    heading: angle(64),
    on: flag(),
    gun: t.ref(Gun).optional(),
    wild: t.number().default(0),
    code: t.string().default('').view(2),
  },
  'ArchiveItem',
);
export type Item = InstanceType<typeof Item>;

const Elite = Item.extend({ rank: uint(9), words: t.array('string') }, 'ArchiveElite');

/** Its constructor makes members of its own. */
const Team = schema(
  {
    name: t.string(),
    leader: t.ref(Item).optional(),
    members: t.array(Item),
    byName: t.map(Item),
    initialize() {
      made.teams++;
      this.leader = new Item({ name: 'of the constructor' });
      this.members.push(new Item({ name: 'of the constructor' }), new Item());
      this.byName.set('first', new Item());
    },
  },
  'ArchiveTeam',
);
type Team = InstanceType<typeof Team>;

export const ArchiveState = live(
  {
    tick: uint(2 ** 30),
    serial: t.uint32().default(0),
    items: t.map(Item),
    list: t.array(Item),
    pool: t.set(Item),
    bag: t.collection(Item),
    teams: t.map(Team),
    boss: t.ref(Item).optional(),
    note: t.string().optional(),
    big: t.bigint64().optional(),
    scores: t.map('number'),
    log: t.array('string'),
    words: t.set('string'),
    doubles: t.collection('float64'),
    hidden: t.map(Item).view(),
    squads: t.map(Team).view(),
    shelf: t.array(Item).view(),
    secret: t.string().view(),
  },
  'ArchiveState',
);
export type ArchiveState = InstanceType<typeof ArchiveState>;

/** What is done: which, and two numbers that say of what. */
export type Act = readonly [kind: number, one: number, other: number];

/**
 * A game whose acts depend on nothing but the state and what its views see: played on two equal states it leaves equal ones.
 */
const ACTS: readonly ((game: Game, one: number, other: number) => void)[] = [
  ({ state }, one, other) => state.items.set(`k${one % 7}`, newItem(state, other)),
  ({ state }, one, other) => state.items.set(`k${one % 7}`, newItem(state, other)),
  ({ state }, one, other) => insert(state.list, one, newItem(state, other)),
  ({ state }, one, other) => insert(state.list, one, newItem(state, other)),
  ({ state }, _, other) => state.pool.add(newItem(state, other)),
  ({ state }, _, other) => state.bag.add(newItem(state, other)),
  ({ state }, one) => state.items.delete(pick([...state.items.keys()], one) ?? ''),
  ({ state }, one, other) => remove(state.list, one, other),
  ({ state }, one) => state.pool.delete(pick([...state.pool], one)!),
  ({ state }, one) => state.bag.delete(pick([...state.bag], one)!),
  // Of several places.
  ({ state }, one, other) => withItem(state, one, (item) => state.items.set(`k${other % 7}`, item)),
  ({ state }, one) => withItem(state, one, (item) => state.list.includes(item) || state.list.push(item)),
  ({ state }, one) => withItem(state, one, (item) => state.pool.add(item)),
  ({ state }, one) => withItem(state, one, (item) => (state.boss = item)),
  ({ state }) => (state.boss = undefined),
  ({ state }, one, other) => withTeam(state, one, (team) => withItem(state, other, (item) => (team.leader = item))),
  // Values.
  ({ state }, one, other) => state.scores.set(`s${one % 5}`, one % 3 === 0 ? other / 7 : other),
  ({ state }, one) => state.scores.delete(`s${one % 5}`),
  ({ state }, one, other) => (one % 3 === 0 ? state.log.shift() : state.log.push(`line ${other}`)),
  ({ state }, one, other) => (one % 2 === 0 ? state.words.add(`w${other % 9}`) : state.words.delete(`w${other % 9}`)),
  ({ state }, one, other) =>
    one % 2 === 0 ? state.doubles.add(other / 3) : state.doubles.delete(pick([...state.doubles], one)!),
  ({ state }, one, other) => (
    (state.note = one % 2 === 0 ? `note ${other}` : undefined),
    (state.secret = `of ${other}`)
  ),
  ({ state }, one, other) => (state.big = one % 2 === 0 ? BigInt(other) ** 5n : undefined),
  // Teams.
  ({ state }, one) => state.teams.set(`t${one % 3}`, newTeam(state)),
  ({ state }, one) => state.teams.delete(`t${one % 3}`),
  ({ state }, one, other) => withTeam(state, one, (team) => insert(team.members, other, newItem(state, other))),
  ({ state }, one, other) => withTeam(state, one, (team) => remove(team.members, other, one)),
  ({ state }, one, other) => withTeam(state, one, (team) => team.byName.set(`n${other % 4}`, newItem(state, other))),
  // What moves.
  ({ state }, one, other) => withItem(state, one, (item) => drive(item, other)),
  ({ state }, one, other) => withItem(state, one, (item) => drive(item, other)),
  ({ state }, one, other) =>
    withItem(state, one, (item) => (item.gun = other % 3 === 0 ? undefined : new Gun({ heat: other % 90, ammo: 3 }))),
  // Views.
  ({ state }, _, other) => state.hidden.set(`h${state.serial}`, newItem(state, other)),
  ({ state }, one) => state.hidden.delete(pick([...state.hidden.keys()], one) ?? ''),
  ({ state }) => state.squads.set(`q${state.serial}`, newTeam(state)),
  ({ state }, one) => state.squads.delete(pick([...state.squads.keys()], one) ?? ''),
  ({ state }, _, other) => state.shelf.push(newItem(state, other)),
  ({ state, views }, one, other) => withSecret(state, one, (each) => views[other % views.length]!.add(each)),
  ({ state, views }, one, other) => withSecret(state, one, (each) => views[other % views.length]!.add(each)),
  ({ state, views }, one, other) =>
    withSecret(state, one, (each) => {
      const view = views[other % views.length]!;
      if (view.has(each)) view.remove(each);
    }),
  ({ state, views }, one, other) => withItem(state, one, (item) => views[other % views.length]!.add(item, 2)),
];

export interface Game {
  readonly state: ArchiveState;
  readonly views: readonly StateView[];
}

/** Kinds of acts; one more is a tick. */
export const ACT_KINDS = ACTS.length;

export function act(game: Game, [kind, one, other]: Act): void {
  ACTS[kind]!(game, one, other);
}

/** What happens in each tick. */
export function step({ state }: Game): void {
  state.tick++;
  let i = 0;
  for (const item of itemsOf(state)) {
    if (i % 3 === 0) item.x += 0.3;
    if (i % 4 === 1) item.heading += 5;
    if (i++ % 5 === 2) item.rotation.set(Math.sin(state.tick / 9), 0.3, 0, Math.cos(state.tick / 7));
  }
}

function newItem(state: ArchiveState, how: number): Item {
  const parts = { name: `i${state.serial++}`, x: how / 10, wild: how / 3, code: `c${how}` };
  if (how % 4 !== 0) return new Item(parts);
  const elite = new Elite({ ...parts, rank: how % 9 });
  elite.words.push('one', `w${how}`);
  return elite;
}

function newTeam(state: ArchiveState): Team {
  const team = new Team();
  team.name = `team ${state.serial++}`;
  return team;
}

function drive(item: Item, how: number): void {
  item.x += how % 100;
  item.wild = how % 2 === 0 ? how : how / 7;
  item.on = how % 3 === 0;
  item.name = how % 5 === 0 ? `renamed ${how}` : item.name;
  if (item.gun !== undefined) item.gun.heat = how % 100;
  if (how % 4 === 0) item.rotation.y += 0.3; // settled by the serializer
}

function insert(
  array: {
    length: number;
    push(item: Item): void;
    unshift(item: Item): void;
    splice(at: number, count: number, item: Item): void;
  },
  where: number,
  item: Item,
): void {
  if (where % 4 === 0) array.unshift(item);
  else if (where % 4 === 1 && array.length > 0) array.splice(where % array.length, 1, item);
  else array.push(item);
}

function remove(
  array: { length: number; shift(): void; pop(): void; splice(at: number, count: number): void },
  which: number,
  how: number,
): void {
  if (array.length === 0) return;
  if (how % 3 === 0) array.shift();
  else if (how % 3 === 1) array.pop();
  else array.splice(which % array.length, 1);
}

const pick = <T>(from: readonly T[], which: number): T | undefined => from[which % Math.max(1, from.length)];

/** Those that all clients see, in the order in which the state has them. */
function itemsOf({ items, list, pool, bag, teams }: ArchiveState): Item[] {
  const inTeams = [...teams.values()].flatMap(({ members, byName }) => [...members, ...byName.values()]);
  return [...new Set([...items.values(), ...list, ...pool, ...bag, ...inTeams])];
}

function withItem(state: ArchiveState, which: number, does: (item: Item) => unknown): void {
  const item = pick(itemsOf(state), which);
  if (item !== undefined) does(item);
}

function withTeam(state: ArchiveState, which: number, does: (team: Team) => unknown): void {
  const team = pick([...state.teams.values()], which);
  if (team !== undefined) does(team);
}

function withSecret(
  { hidden, squads, shelf }: ArchiveState,
  which: number,
  does: (each: Item | Team) => unknown,
): void {
  const each = pick<Item | Team>([...hidden.values(), ...squads.values(), ...shelf], which);
  if (each !== undefined) does(each);
}
