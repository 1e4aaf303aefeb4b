import { Encoder, MapSchema, schema, StateView, t } from '@colyseus/schema';
import { describe, expect, it } from '@jest/globals';
import {
  type ArrayStorage,
  bindView,
  collectionKindOf,
  holdsRefs,
  type IndexedStorage,
  isBound,
  type MapStorage,
  nextRefId,
  placesOf,
  type SchemaClass,
  setRefId,
  storageOf,
  subscribeView,
  tagsOf,
  treeOf,
  treesOf,
  typesOfFields,
  valuesOf,
} from './schema-storage.ts';

const Part = schema({ v: t.number() }, 'StoragePart');
const Whole = schema(
  {
    list: t.array(Part),
    map: t.map('string'),
    set: t.set(Part),
    bag: t.collection('number'),
    one: t.ref(Part).optional(),
  },
  'StorageWhole',
);

function attached() {
  const whole = new Whole();
  return { whole, encoder: new Encoder(whole) };
}

describe('inside @colyseus/schema', () => {
  it('the fields of a class are in its metadata by index, with their types, and a child has those of its parent', () => {
    const Child = Whole.extend({ more: t.uint8() }, 'StorageChild') as unknown as SchemaClass;
    const fields = typesOfFields(Child);
    expect(fields.map(({ name }) => name)).toEqual(['list', 'map', 'set', 'bag', 'one', 'more']);
    expect(fields[0]!.type).toEqual({ array: Part });
    expect(fields[4]!.type).toBe(Part);
    expect(fields[5]!.type).toBe('uint8');
  });

  it('values are in an array by field index', () => {
    const { whole } = attached();
    whole.one = new Part({ v: 4 });
    expect(valuesOf(whole)[4]).toBe(whole.one);
    expect(valuesOf(whole.one)).toEqual([4]);
  });

  it('an array behind its proxy has its elements in items, and in tmpItems as clients know them', () => {
    const { whole, encoder } = attached();
    const [a, b] = [new Part(), new Part()];
    whole.list.push(a, b);
    const storage = storageOf(whole.list) as ArrayStorage;
    encoder.discardChanges();
    whole.list.shift();
    expect(storage.items).toEqual([b]);
    expect(storage.tmpItems).toEqual([a, b]);
    expect([collectionKindOf(whole.list), holdsRefs(storage)]).toEqual(['array', true]);
  });

  it('a map has its entries in $items and their indexes in its journal, with the next one', () => {
    const { whole, encoder } = attached();
    whole.map.set('a', 'x').set('b', 'y');
    whole.map.delete('a');
    encoder.discardChanges();
    const { $items, journal } = storageOf(whole.map) as MapStorage;
    expect([...$items]).toEqual([['b', 'y']]);
    expect(journal.indexByKey).toEqual({ b: 1 });
    expect([...journal.keyByIndex]).toEqual([[1, 'b']]);
    expect(journal.nextIndex).toBe(2);
    expect([collectionKindOf(whole.map), holdsRefs(storageOf(whole.map))]).toEqual(['map', false]);
  });

  it('sets and collections have their elements in $items by index, and the next index in a field named $refId', () => {
    const { whole } = attached();
    whole.set.add(new Part());
    whole.bag.add(5);
    whole.bag.add(5);
    whole.bag.delete(5);
    expect((storageOf(whole.set) as IndexedStorage).$refId).toBe(1);
    expect([...(storageOf(whole.bag) as IndexedStorage).$items]).toEqual([[1, 5]]);
    expect((storageOf(whole.bag) as IndexedStorage).$refId).toBe(2);
    expect([collectionKindOf(whole.set), collectionKindOf(whole.bag)]).toEqual(['set', 'collection']);
  });

  it('an encoder keeps an id that is there, and counts the others in nextUniqueId', () => {
    const whole = new Whole();
    setRefId(whole.map, 40);
    const encoder = new Encoder(whole);
    expect(treesOf(encoder)[40]!.ref).toBe(whole.map);
    expect(nextRefId(encoder)).toBe(4);
  });

  it('an instance in a second place has the last one for its parent, and the first among extraParents', () => {
    const { whole } = attached();
    const part = new Part();
    whole.one = part;
    whole.list.push(part);
    expect(placesOf(part)).toEqual([
      [whole.list, 0],
      [whole, 4],
    ]);
    expect(treeOf(part).extraParents).toBeDefined();
    expect(treeOf(new MapSchema()).extraParents).toBeUndefined();
  });

  it('what a view sees are bits on the trees, of the view that is bound to the root', () => {
    const { whole, encoder } = attached();
    const view = new StateView();
    bindView(view, encoder);
    expect(isBound(view, encoder)).toBe(true);
    view.addTag(treeOf(whole), 6);
    expect([...tagsOf(treeOf(whole))]).toEqual([2, 4]);
    subscribeView(view, treeOf(whole.list));
    expect(view.isSubscribed(treeOf(whole.list))).toBe(true);
    expect(isBound(new StateView(), encoder)).toBe(false);
  });
});
