import {
  Callbacks,
  type DataChange,
  Decoder,
  Encoder,
  entity,
  FieldBuilder,
  OPERATION,
  Reflection,
  schema,
  StateView,
  t,
} from '@colyseus/schema';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { Random } from '../../test/support/random.ts';
import {
  allowOmission,
  definitionOf,
  forEachRef,
  hasCallbacks,
  indexOfField,
  isUnsettled,
  isVisible,
  markUnreliable,
  refIdOf,
  refOf,
  refuseInSchema,
  type SchemaClass,
  setOmission,
  type Tree,
  treeOf,
  triggerChanges,
  valuesOf,
  watchMoves,
  watchRefs,
  watchSight,
  withHeldChanges,
} from './schema-internals.ts';

const Gun = schema({ heat: t.float32(), ammo: t.uint8() }, 'InternalsGun');
const Ship = schema({ name: t.string(), x: t.float64(), y: t.float64(), gun: t.ref(Gun).optional() }, 'InternalsShip');
/** Has no field but live ones. */
const Rock = schema({ x: t.float64() }, 'InternalsRock');
const Boat = Ship.extend({ sail: t.uint8(), wind: t.float32() }, 'InternalsBoat');
/** Made without schema(), and without fields of its own. */
class Raft extends Ship {}
entity(Raft);
const State = schema(
  {
    tick: t.uint32(),
    ships: t.map(Ship),
    rocks: t.map(Rock),
    list: t.array(Ship),
    hidden: t.map(Ship).view(),
    flagship: t.ref(Ship).optional(),
  },
  'InternalsState',
);
type State = InstanceType<typeof State>;
type Ship = InstanceType<typeof Ship>;

const LIVE = new Map<SchemaClass, string[]>([
  [Gun, ['heat']],
  [Ship, ['x', 'y']],
  [Rock, ['x']],
  [Boat, ['x', 'y', 'wind']],
  [State, ['tick']],
]);
for (const [klass, names] of LIVE) {
  const own = klass === Boat ? ['wind'] : names;
  for (const name of own) markUnreliable(klass, indexOfField(klass, name));
  allowOmission(
    klass,
    names.map((name) => indexOfField(klass, name)),
  );
}

/** Fails with a sentence that says what has moved, where a difference of values would not. */
function holds(sentence: string, condition: boolean): void {
  if (!condition) throw new Error(`This is no longer so in @colyseus/schema: ${sentence}`);
}

const ship = (name: string, x = 0): Ship => new Ship({ name, x, y: 0 });
const reflected = (encoder: Encoder<State>): Decoder<State> => Reflection.decode<State>(Reflection.encode(encoder));

let state: State;
let encoder: Encoder<State>;
let complaints: unknown[][];

/** What goes to everyone in a tick. */
function patch(...decoders: Decoder[]): void {
  for (const decoder of decoders) decoder.decode(encoder.encode());
  encoder.discardChanges();
}

beforeEach(() => {
  state = new State();
  state.tick = 0;
  encoder = new Encoder(state);
  complaints = [];
  // How a decoder says that it met bytes it cannot place.
  jest.spyOn(console, 'warn').mockImplementation((...said) => void complaints.push(said));
  jest.spyOn(console, 'error').mockImplementation((...said) => void complaints.push(said));
});

afterEach(() => {
  jest.restoreAllMocks();
  expect(complaints).toEqual([]);
});

describe('what velarium relies on in declaring Schema classes', () => {
  it('indexOfField: metadata maps names to indexes, which are places in $values', () => {
    const a = ship('a', 4);
    holds('metadata[name] is the index of a field', indexOfField(Ship, 'x') === 1);
    holds('the fields of a child follow those of its parent', indexOfField(Boat, 'sail') === 4);
    holds('instance[$values][index] is the value of the field', valuesOf(a)[1] === 4 && valuesOf(a)[0] === 'a');
  });

  it('markUnreliable: makes what .unreliable() makes', () => {
    const ours = schema({ a: t.uint8(), b: t.uint8() }, 'MarkedByUs');
    const theirs = schema({ a: t.uint8(), b: t.uint8().unreliable() }, 'MarkedByThem');
    markUnreliable(ours, 1);
    const lists = [ours, theirs].map((klass) => {
      const metadata = klass[Symbol.metadata as never] as Record<string, unknown>;
      const name = Object.getOwnPropertyNames(metadata).find((key) => key.includes('nreliable'));
      return [name, metadata[name!], metadata[1], Object.keys(metadata)];
    });
    holds('.unreliable() sets what markUnreliable sets', JSON.stringify(lists[0]) === JSON.stringify(lists[1]));
  });

  it('markUnreliable: the field leaves the patches, and its first value travels with its instance', () => {
    const decoder = reflected(encoder);
    const a = ship('a', 1);
    state.ships.set('a', a);
    a.x = 2;
    patch(decoder);
    holds('the first value travels with the ADD of its instance', decoder.state.ships.get('a')!.x === 2);
    a.x = 3;
    holds('a change of an unreliable field is no change of the reliable queue', !encoder.hasChanges);
    holds('it queues as an unreliable change', encoder.hasUnreliableChanges);
    decoder.decode(encoder.encodeUnreliable());
    holds('encodeUnreliable carries it', decoder.state.ships.get('a')!.x === 3);
    encoder.discardUnreliableChanges();
    holds('discardUnreliableChanges ends it', !encoder.hasUnreliableChanges);
  });

  it('markUnreliable: a child has its parent’s and its own', () => {
    const boat = new Boat({ name: 'b', x: 0, y: 0, sail: 1, wind: 0 });
    state.ships.set('b', boat);
    patch();
    boat.x = 1;
    boat.wind = 2;
    holds('unreliable fields are inherited', !encoder.hasChanges);
    boat.sail = 2;
    holds('other fields of the child stay reliable', encoder.hasChanges);
    const a = ship('a');
    state.ships.set('a', a);
    patch();
    a.gun = new Gun();
    holds('the parent does not get the child’s', encoder.hasChanges);
  });

  it('definitionOf and refuseInSchema: schema() asks a builder by toDefinition()', () => {
    const builder = t.uint8().default(3).view(4);
    const { type, hasDefault, default: initial, view } = definitionOf(builder);
    holds('toDefinition() says what was declared', type === 'uint8' && hasDefault && initial === 3 && view === 4);
    const plain = definitionOf(t.float32());
    const set = Object.entries(plain).filter(([, value]) => value !== undefined && value !== false);
    holds(
      'what is not declared is false or undefined in it, but for deprecatedThrows',
      set.map(([key]) => key).join() === 'type,deprecatedThrows',
    );
    refuseInSchema(builder, 'not here');
    expect(() => schema({ builder })).toThrow('not here');
    holds('the definition can still be had', definitionOf(builder).hasDefault);
    const made = schema({ a: new FieldBuilder('uint8').default(7) }, 'MadeByHand');
    holds('a FieldBuilder made by hand is a field', (new made() as unknown as { a: number }).a === 7);
  });
});

describe('what velarium relies on in the encoder', () => {
  it('refIdOf, treeOf', () => {
    const a = ship('a');
    holds('an instance has no refId before it is attached', refIdOf(a) === undefined);
    holds('instance[$changes] is its ChangeTree', treeOf(a).ref === a && treeOf(a).isNew && !treeOf(a).isFiltered);
    state.ships.set('a', a);
    holds('refIds count up from the state’s, which is 0', refIdOf(state) === 0 && refIdOf(a)! > 0);
    patch();
    holds('isNew ends when changes are discarded', !treeOf(a).isNew);
  });

  it('an instance keeps its refId while it is away', () => {
    const a = ship('a');
    state.ships.set('a', a);
    patch();
    state.ships.delete('a');
    patch();
    const refId = refIdOf(a);
    state.ships.set('b', a);
    holds('an instance keeps its refId while it is away', refIdOf(a) === refId);
  });

  it('valuesOf: what is written there is read, sent with a full state, and no change', () => {
    const a = ship('a');
    state.ships.set('a', a);
    a.x = 1;
    patch();
    encoder.discardUnreliableChanges();
    const values = valuesOf(a) as unknown[];
    values[indexOfField(Ship as never, 'x')] = 7;
    holds('the values of an instance are one array for good, by the index of the field', a.x === 7);
    holds('writing to it is no change', !encoder.hasChanges && !encoder.hasUnreliableChanges);
    const decoder = new Decoder(new State());
    decoder.decode(encoder.encodeAll());
    holds('a full state is made of the values', decoder.state.ships.get('a')!.x === 7);
  });

  it('forEachRef: root.changeTrees has what is attached', () => {
    const a = ship('a');
    a.gun = new Gun();
    state.ships.set('a', a);
    state.list.push(ship('b'));
    state.ships.set('c', ship('c'));
    state.ships.delete('c');
    const attached = new Map<number, object>();
    forEachRef(encoder, (instance, refId) => attached.set(refId, instance));
    const all = [state, state.ships, state.rocks, state.list, state.hidden, a, a.gun!, state.list[0]!];
    holds(
      'it has every instance, by refId',
      all.every((one) => attached.get(refIdOf(one)!) === one),
    );
    holds('and nothing else', attached.size === all.length);
  });

  it('watchRefs: tells of instances as they come and go', () => {
    const log: string[] = [];
    const label = (instance: object) => (instance as { name?: string }).name ?? instance.constructor.name;
    watchRefs(
      encoder,
      (instance, refId) => log.push(`+${label(instance)}${refId === refIdOf(instance) ? '' : '?'}`),
      (instance, refId) => log.push(`-${label(instance)}${refId === refIdOf(instance) ? '' : '?'}`),
    );
    const told = (sentence: string, expected: string) => {
      holds(`${sentence} (${log.join(' ')})`, log.splice(0).join(' ') === expected);
    };
    const a = ship('a');
    a.gun = new Gun();
    state.ships.set('a', a);
    told('attaching goes through root.add, parents first', '+a +InternalsGun');
    state.list.push(a);
    state.ships.delete('a');
    told('a second reference is no second coming, and the first may go', '');
    state.list.splice(0, 1);
    told('the last one is the end, of what hangs below it too', '-InternalsGun -a');
    state.ships.set('a', a);
    told('it may come again', '+a +InternalsGun');
    a.gun = new Gun();
    told('a child that is replaced', '-InternalsGun +InternalsGun');
    state.ships.set('a', ship('b'));
    told('an entry that is replaced', '-InternalsGun -a +b');
    state.ships.clear();
    told('clear()', '-b');
    state.list.push(ship('c'), ship('d'));
    state.list.shift();
    state.list.clear();
    told('arrays', '+c +d -c -d');
    state.flagship = ship('f');
    state.flagship = undefined;
    told('a reference that is unset', '+f -f');
    state.ships = new Map(Object.entries({ e: ship('e') })) as never;
    told('a collection that is replaced', '-MapSchema +MapSchema +e');
  });

  it('isVisible: what views see', () => {
    const [open, seen, unseen] = [ship('open'), ship('seen'), ship('unseen')];
    seen.gun = new Gun();
    state.ships.set('open', open);
    state.hidden.set('seen', seen);
    state.hidden.set('unseen', unseen);
    const view = new StateView();
    view.add(seen);
    encoder.encode();
    const visible = (as: StateView | undefined) =>
      [state, state.ships, open, state.hidden, seen, seen.gun!, unseen]
        .map((one) => +isVisible(as, treeOf(one)))
        .join('');
    holds('what lies in a .view() field is filtered', visible(undefined) === '1110000');
    holds('a view sees what was added to it, with its children and parents', visible(view) === '1111110');
    view.remove(seen);
    holds('until it is removed', visible(view) === '1111000' || visible(view) === '1110000');
  });

  it('forEachChild: what lies right below', () => {
    const a = ship('a');
    a.gun = new Gun();
    state.ships.set('a', a);
    state.list.push(a);
    const below = (one: object) => {
      const found: unknown[] = [];
      treeOf(one).forEachChild((child) => found.push(child));
      return found;
    };
    holds(
      'of a map and an array, the entries',
      below(state.ships)[0] === treeOf(a) && below(state.list)[0] === treeOf(a),
    );
    holds('of an instance, what its fields refer to', below(a).length === 1 && below(a)[0] === treeOf(a.gun));
  });

  it('watchMoves: an instance that stays, with one place more or less', () => {
    const moved: unknown[] = [];
    watchMoves(encoder, (tree) => moved.push(tree.ref));
    const told = (sentence: string, ...expected: unknown[]) => {
      holds(sentence, moved.length === expected.length && moved.splice(0).every((one, i) => one === expected[i]));
    };
    const a = ship('a');
    a.gun = new Gun();
    state.hidden.set('a', a);
    encoder.encode();
    told('a first place is no move');
    holds('of one place there are no extra parents', treeOf(a).extraParents === undefined);
    state.ships.set('a', a);
    told('a second place goes through root.enqueueFilterRefresh', a);
    holds('of two there are', treeOf(a).extraParents !== undefined);
    holds('who sees it is settled by the next encode', isUnsettled(encoder) && treeOf(a).isFiltered);
    encoder.encode();
    holds('for all that hangs below it too', !treeOf(a).isFiltered && !treeOf(a.gun).isFiltered);
    holds('then nothing is left to be settled', !isUnsettled(encoder));
    state.ships.delete('a');
    told('so does a place that it leaves', a);
    encoder.encode();
    holds('which is settled in the same way', treeOf(a).isFiltered && treeOf(a.gun).isFiltered);
    state.hidden.delete('a');
    told('the last place is no move');
  });

  it('watchMoves: an instance that went, and came elsewhere, has its old place beside the new one', () => {
    const a = ship('a');
    state.ships.set('a', a);
    state.ships.delete('a');
    state.hidden.set('a', a);
    holds('extra parents are kept where a place was left', treeOf(a).extraParents !== undefined);
  });

  it('watchSight: all that a view begins to see, and sees no more', () => {
    const view = new StateView();
    const seen: Tree[] = [];
    let ends = 0;
    watchSight(
      view,
      (tree) => seen.push(tree),
      () => ends++,
    );
    const told = (sentence: string, ...expected: object[]) => {
      const changed = new Set(seen.splice(0).map(({ ref }) => ref));
      holds(sentence, changed.size === expected.length && expected.every((one) => changed.has(one)));
    };
    const [a, b] = [ship('a'), ship('b')];
    a.gun = new Gun();
    state.hidden.set('a', a);
    state.hidden.set('b', b);
    view.add(a);
    told('view.add tells of what it is given, what is below, and the way there', a, a.gun, state.hidden, state);
    view.add(a);
    told('what was seen is no news');
    patch();
    a.gun = new Gun();
    encoder.encodeView(view, 0, { offset: encoder.encode().length });
    told('what Schema finds to share its parent’s visibility when it encodes', a.gun);
    const later = (b.gun = new Gun());
    view.markVisible(treeOf(b) as never);
    told('what is marked by hand', b);
    holds('a child shares the visibility of its parent', isVisible(view, treeOf(later)));
    told('what isVisible finds', later);
    view.remove(a);
    told('view.remove', a, a.gun);
    view.remove(b);
    told('again', b, later);
    view.subscribe(state.hidden);
    told('view.subscribe tells of what is there', a, b);
    const c = ship('c');
    state.hidden.set('c', c);
    told('and of what comes', c);
    view.unsubscribe(state.hidden);
    told('view.unsubscribe', a, b, c, state.hidden);
    holds('a view that is not disposed of has not ended', ends === 0);
    view.dispose();
    holds('dispose() ends a view', ends === 1 && !isVisible(view, treeOf(state.hidden)));
  });
});

describe('setOmission', () => {
  it('new instances come without live fields, and with them when it is unset', () => {
    const [without, stock] = [reflected(encoder), reflected(encoder)];
    const a = ship('a', 1);
    a.gun = new Gun({ heat: 1, ammo: 2 });
    state.ships.set('a', a);
    setOmission(encoder, () => true);
    without.decode(encoder.encode());
    setOmission(encoder, undefined);
    stock.decode(encoder.encode());
    holds(
      'the ADD of an instance goes through $encoder and the filter',
      !('x' in without.state.ships.get('a')!.toJSON()),
    );
    expect(without.state.toJSON()).toMatchObject({ ships: { a: { name: 'a', gun: { ammo: 2 } } } });
    expect(without.state.ships.get('a')!.gun!.heat).toBeUndefined();
    expect(stock.state.ships.toJSON()).toEqual(state.ships.toJSON());
  });

  it('the full state comes without them, and an instance that has nothing else leaves no byte', () => {
    state.rocks.set('r', new Rock({ x: 5 }));
    setOmission(encoder, () => true);
    const bare = encoder.encodeAll().length;
    const decoder = reflected(encoder);
    decoder.decode(encoder.encodeAll());
    expect(decoder.state.toJSON()).toMatchObject({ rocks: { r: {} } });
    expect(decoder.state.tick).toBeUndefined();
    setOmission(encoder, undefined);
    const tick = 1 + 4;
    const rock = 1 + 1 + 1 + 8;
    holds(
      'a filter that refuses every field of an instance leaves nothing of it, not even its switch of 2 bytes',
      encoder.encodeAll().length === bare + tick + rock,
    );
  });

  it('is asked for each instance', () => {
    const [a, b] = [ship('a', 1), ship('b', 2)];
    state.ships.set('a', a);
    state.ships.set('b', b);
    setOmission(encoder, (instance) => instance === a);
    const decoder = reflected(encoder);
    decoder.decode(encoder.encodeAll());
    expect(decoder.state.ships.get('a')!.x).toBeUndefined();
    expect(decoder.state.ships.get('b')!.x).toBe(2);
  });

  it('is one encoder’s own', () => {
    const other = new State();
    const others = new Encoder(other);
    other.ships.set('a', ship('a', 1));
    setOmission(encoder, () => true);
    const decoder = Reflection.decode<State>(Reflection.encode(others));
    decoder.decode(others.encodeAll());
    expect(decoder.state.ships.get('a')!.x).toBe(1);
  });

  it('holds for classes that are derived by other means', () => {
    const raft = new Raft({ name: 'r', x: 1, y: 1 });
    state.ships.set('r', raft);
    setOmission(encoder, () => true);
    const decoder = reflected(encoder);
    decoder.decode(encoder.encodeAll());
    expect(decoder.state.toJSON()).toMatchObject({ ships: { r: { name: 'r' } } });
    expect(decoder.state.ships.get('r')!.x).toBeUndefined();
  });
});

describe('what velarium relies on in the decoder', () => {
  it('refOf, and where instances hold their values', () => {
    const a = ship('a', 7);
    state.ships.set('a', a);
    const [byReflection, byClass] = [reflected(encoder), new Decoder(new State())];
    for (const decoder of [byReflection, byClass]) {
      decoder.decode(encoder.encodeAll());
      const arrived = refOf(decoder, refIdOf(a)!)!;
      holds('decoder.root.refs has instances by refId', arrived === decoder.state.ships.get('a'));
      holds('instance[$refId] is set on what was decoded', refIdOf(arrived) === refIdOf(a));
      (arrived as Ship).x = 8;
      holds('a decoded instance can be written to', decoder.state.ships.get('a')!.x === 8);
    }
    holds('classes by reflection keep nothing in $values', valuesOf(byReflection.state.ships.get('a')!).length === 0);
    holds('others do', valuesOf(byClass.state.ships.get('a')!)[1] === 8);
  });

  /** Everything that `Callbacks` can tell, as lines. */
  function listening(decoder: Decoder<State>): string[] {
    const log: string[] = [];
    const callbacks = Callbacks.get(decoder);
    const watch = (one: Ship, where: string) => {
      callbacks.listen(one, 'x', (now, before) => log.push(`${where} x ${before} ${now}`));
      callbacks.listen(one, 'name', (now, before) => log.push(`${where} name ${before} ${now}`));
      callbacks.onChange(one, () => log.push(`${where} changed, x ${one.x}`));
      decoder.root.addCallback(refIdOf(one)!, OPERATION.DELETE, () => log.push(`${where} gone`));
      callbacks.listen(one, 'gun', (now, before) => {
        log.push(`${where} gun ${before?.heat} ${now?.heat}`);
        if (now !== undefined) callbacks.listen(now, 'heat', (heat) => log.push(`${where} heat ${heat}`));
      });
    };
    for (const map of ['ships', 'hidden'] as const) {
      callbacks.onAdd(map, (one, key) => {
        log.push(`${map} + ${key} ${one.name} ${one.x}`);
        watch(one, key);
      });
      callbacks.onRemove(map, (one, key) => log.push(`${map} - ${key} ${one.name} ${one.x}`));
      callbacks.onChange(map, (key, one) => log.push(`${map} ~ ${key} ${one?.name}`));
    }
    callbacks.onAdd('list', (one, index) => log.push(`list + ${index} ${one.name}`));
    callbacks.onRemove('list', (one, index) => log.push(`list - ${index} ${one.name}`));
    return log;
  }

  it.each([11, 12, 13])('withHeldChanges and triggerChanges make the calls that decode makes: seed %i', (seed) => {
    const random = new Random(seed);
    const [stock, held] = [reflected(encoder), reflected(encoder)];
    const logs = [listening(stock), listening(held)];
    let named = 0;
    for (let tick = 0; tick < 200; tick++) {
      for (let i = random.below(5); i > 0; i--) {
        const key = `k${random.below(4)}`;
        const there = state.ships.get(key);
        const made = ship(`${named++}`, named);
        if (random.chance(0.5)) made.gun = new Gun({ heat: named, ammo: 1 });
        if (random.chance(0.2)) state.ships.delete(key);
        else if (there === undefined || random.chance(0.2)) state.ships.set(key, made);
        else if (random.chance(0.2)) there.gun = new Gun({ heat: named, ammo: 2 });
        else if (random.chance(0.2)) state.list.push(random.chance(0.5) ? there : made);
        else if (random.chance(0.2)) state.list.shift();
        else there.name = `${named++}`;
      }
      const bytes = encoder.encode().slice();
      stock.decode(bytes);
      const before = logs[1]!.length;
      const changes = withHeldChanges(held, () => held.decode(bytes));
      holds('decode() calls listeners only by decoder.triggerChanges', logs[1]!.length === before);
      triggerChanges(held, changes);
      expect(logs[1]).toEqual(logs[0]);
      expect([...held.root.refs.keys()]).toEqual([...stock.root.refs.keys()]);
      expect(Object.keys(held.root.callbacks)).toEqual(Object.keys(stock.root.callbacks));
      encoder.discardChanges();
    }
    expect(logs[0]!.length).toBeGreaterThan(200);
  });

  it('withHeldChanges: the same for decodeResync', () => {
    for (const key of ['a', 'b', 'c']) state.ships.set(key, ship(key, 1));
    const [stock, held] = [reflected(encoder), reflected(encoder)];
    const logs = [listening(stock), listening(held)];
    for (const decoder of [stock, held]) decoder.decode(encoder.encodeAll());
    state.ships.delete('b');
    state.ships.get('a')!.name = 'd';
    const bytes = encoder.encodeAll().slice();
    stock.decodeResync(bytes);
    const changes = withHeldChanges(held, () => held.decodeResync(bytes));
    holds(
      'what was missed is a change like others',
      changes.some(({ previousValue }) => (previousValue as Ship)?.name === 'b'),
    );
    triggerChanges(held, changes);
    expect(logs[1]).toEqual(logs[0]);
    expect(logs[0]).toContain('ships - b b 1');
    expect([...held.root.refs.keys()]).toEqual([...stock.root.refs.keys()]);
  });

  it('withHeldChanges: a removed instance and its listeners are there until the changes are told', () => {
    const a = ship('a', 1);
    state.ships.set('a', a);
    const decoder = reflected(encoder);
    const log = listening(decoder);
    decoder.decode(encoder.encodeAll());
    patch();
    state.ships.delete('a');
    const changes = withHeldChanges(decoder, () => decoder.decode(encoder.encode()));
    holds('decode() releases by root.garbageCollectDeletedRefs', refOf(decoder, refIdOf(a)!) !== undefined);
    triggerChanges(decoder, changes);
    holds('and the removed are released then', refOf(decoder, refIdOf(a)!) === undefined);
    expect(log.slice(-3)).toEqual(['a gone', 'ships - a a 1', 'ships ~ a undefined']);
  });

  it('withHeldChanges: nothing stays replaced, after a failure either', () => {
    const decoder = reflected(encoder);
    listening(decoder);
    const trigger = decoder.triggerChanges;
    expect(() =>
      withHeldChanges(decoder, () => {
        throw new Error('bad bytes');
      }),
    ).toThrow('bad bytes');
    expect(decoder.triggerChanges).toBe(trigger);
    state.ships.set('a', ship('a'));
    patch(decoder);
    state.ships.delete('a');
    patch(decoder);
    holds('the state and the three collections that all see are left', decoder.root.refs.size === 4);
  });

  it('live values that follow the held changes reach the listeners that onAdd made', () => {
    const a = ship('a', 1);
    setOmission(encoder, () => true);
    const decoder = reflected(encoder);
    const log = listening(decoder);
    state.ships.set('a', a);
    const changes = withHeldChanges(decoder, () => decoder.decode(encoder.encode()));
    const arrived = refOf(decoder, refIdOf(a)!) as Ship;
    arrived.x = 5;
    const change: DataChange = {
      ref: arrived,
      refId: refIdOf(a)!,
      op: OPERATION.ADD,
      field: 'x',
      value: 5,
      previousValue: undefined,
    };
    triggerChanges(decoder, [...changes, change]);
    expect(log).toEqual(['ships + a a 5', 'ships ~ a a', 'a changed, x 5', 'a name undefined a', 'a x undefined 5']);
  });

  it('hasCallbacks: who hears of what', () => {
    state.ships.set('a', ship('a'));
    state.ships.set('b', ship('b'));
    const decoder = reflected(encoder);
    decoder.decode(encoder.encodeAll());
    const [a, b] = ['a', 'b'].map((key) => refIdOf(decoder.state.ships.get(key)!)!) as [number, number];
    holds('decoder.triggerChanges is unset until somebody listens', !hasCallbacks(decoder, a));
    Callbacks.get(decoder).listen(decoder.state.ships.get('a')!, 'x', () => {});
    holds(
      'Callbacks is "bound triggerChanges", and hears by refId',
      hasCallbacks(decoder, a) && !hasCallbacks(decoder, b),
    );
    const heard: DataChange[][] = [];
    Callbacks.getRawChanges(decoder, (changes) => heard.push(changes));
    holds('a raw listener hears all', hasCallbacks(decoder, b));
  });

  it('changes are not kept by Callbacks, so that their objects may be used again', () => {
    state.ships.set('a', ship('a', 1));
    const decoder = reflected(encoder);
    const log = listening(decoder);
    decoder.decode(encoder.encodeAll());
    const arrived = decoder.state.ships.get('a')!;
    const change: DataChange = {
      ref: arrived,
      refId: refIdOf(arrived)!,
      op: 128,
      field: 'x',
      value: 2,
      previousValue: 1,
    };
    const reused = [change];
    log.length = 0;
    for (let x = 2; x < 5; x++) {
      arrived.x = change.value = x;
      triggerChanges(decoder, reused);
      change.previousValue = x;
    }
    expect(log.filter((line) => line.startsWith('a x'))).toEqual(['a x 1 2', 'a x 2 3', 'a x 3 4']);
  });
});
