/**
 * Where @colyseus/schema keeps what instances and collections hold, and how one that was kept is made anew: all that the
 * archive relies on that is not Schema's public interface. `schema-storage.test.ts` says what moved when a release does.
 */
import {
  $changes,
  $childType,
  $refId,
  $values,
  ArraySchema,
  type ChangeTree,
  CollectionSchema,
  type Encoder,
  type IRef,
  MapSchema,
  type Ref,
  type Root,
  Schema,
  SetSchema,
  type StateView,
} from '@colyseus/schema';
import { declaredFields } from '../../shared/schema/declared-class.ts';
import { ArchiveError } from './archive-error.ts';

export interface SchemaClass {
  readonly name: string;
  readonly prototype: object;
  new (): object;
}

// ---- Declarations

export interface FieldType {
  readonly name: string;
  /** As the class's metadata has it: text, a class, or an object that names a collection. */
  readonly type: unknown;
  readonly isStream: boolean;
}

/** In the order of their indexes, which has no gaps: those of its parents, and its own. */
export function typesOfFields(klass: SchemaClass): FieldType[] {
  const parent = Object.getPrototypeOf(klass) as SchemaClass;
  const inherited = parent.prototype instanceof Schema ? typesOfFields(parent) : [];
  const metadata = (klass as unknown as typeof Schema)[Symbol.metadata] as unknown as Record<number, FieldType>;
  const fields = [...inherited];
  for (const { index, isStream } of declaredFields(klass)) {
    const { name, type } = metadata[index]!;
    fields[index] = { name, type, isStream };
  }
  return fields;
}

// ---- What is held

export type CollectionKind = 'map' | 'array' | 'set' | 'collection';

const COLLECTIONS: Record<CollectionKind, new () => object> = {
  map: MapSchema,
  array: ArraySchema,
  set: SetSchema,
  collection: CollectionSchema,
};

type Tracked = Record<typeof $changes, ChangeTree> & IRef;
type Child = unknown;

export interface MapStorage {
  readonly $items: Map<string, Child>;
  readonly journal: {
    readonly indexByKey: Record<string, number>;
    readonly keyByIndex: Map<number, string>;
    nextIndex: number;
  };
}

export interface ArrayStorage {
  readonly items: Child[];
  readonly tmpItems: Child[];
}

/** Sets and collections. */
export interface IndexedStorage {
  readonly $items: Map<number, Child>;
  /** The index of what is added next. */
  $refId: number;
}

export const treeOf = (instance: object): ChangeTree => (instance as Tracked)[$changes];

/** Behind the proxy, where the instance is an array. */
export const storageOf = (instance: object): object => treeOf(instance).refTarget as object;

export const valuesOf = (instance: object): unknown[] => (instance as Record<typeof $values, unknown[]>)[$values];

export const refIdOf = (instance: unknown): number | undefined => (instance as IRef)[$refId];

/** What stands for an instance that is referred to. */
export const idOf = (instance: unknown): number | undefined | null =>
  instance === undefined || instance === null ? instance : refIdOf(instance);

/** Undefined for what is no collection. */
export function collectionKindOf(instance: object): CollectionKind | undefined {
  if (instance instanceof MapSchema) return 'map';
  if (instance instanceof ArraySchema) return 'array';
  if (instance instanceof SetSchema) return 'set';
  return instance instanceof CollectionSchema ? 'collection' : undefined;
}

/** Whether its elements are instances: those of a collection that was never part of a field are taken for values. */
export const holdsRefs = (storage: object): boolean =>
  typeof (storage as Record<typeof $childType, unknown>)[$childType] === 'function';

/** A place of an instance, by what holds it. */
export type Edge = readonly [parent: object, index: number];

export const placesOf = (instance: object): Edge[] =>
  treeOf(instance)
    .getAllParents()
    .map(({ ref, index }) => [ref, index ?? 0]);

type Numbered = Root & { nextUniqueId: number };

/** The id of the next instance that has none. */
export const nextRefId = ({ root }: Encoder): number => (root as unknown as { nextUniqueId: number }).nextUniqueId;

// ---- Making anew

/**
 * A new instance that holds nothing, and what its constructor had put into its fields. Nothing that it made is left in it.
 * @throws {ArchiveError} `unsupported`: its constructor throws
 */
export function blankInstance(klass: SchemaClass): [instance: object, defaults: unknown[]] {
  let instance: object;
  try {
    instance = new klass();
  } catch (cause) {
    const message = `${klass.name} cannot be made anew: its constructor throws where it is given nothing`;
    throw new ArchiveError('unsupported', message, { cause });
  }
  const defaults = valuesOf(instance).splice(0);
  treeOf(instance).reset();
  return [instance, defaults];
}

export function blankCollection(kind: CollectionKind, childType: unknown): object {
  const collection = new COLLECTIONS[kind]();
  (storageOf(collection) as Record<typeof $childType, unknown>)[$childType] = childType;
  return collection;
}

export const childTypeOf = (collection: object): unknown =>
  (storageOf(collection) as Record<typeof $childType, unknown>)[$childType];

/** What an encoder gives an instance that is new to it; it keeps one that is there. */
export function setRefId(instance: object, refId: number): void {
  Object.defineProperty(storageOf(instance), $refId, { value: refId, enumerable: false, writable: true });
}

/** Says that the child lies there. */
export function addEdge(child: object, parent: object, index: number): void {
  treeOf(child).addParent(parent as Ref, index);
}

/** The places as {@link placesOf} had them. */
function setEdges(child: object, edges: readonly Edge[]): void {
  const tree = treeOf(child);
  type Place = NonNullable<ChangeTree['extraParents']>;
  const [first, ...more] = edges.map(([parent, index]): Place => ({ ref: parent as Ref, index }));
  more.forEach((place, i) => {
    const behind = more[i + 1];
    if (behind !== undefined) place.next = behind;
  });
  tree.parentRef = first!.ref;
  tree._parentIndex = first!.index;
  if (more[0] === undefined) delete tree.extraParents;
  else tree.extraParents = more[0];
}

/** Calls `visit` with all that is below the instance, and with itself, each once. */
export function forEachBelow(instance: object, visit: (each: object) => void): void {
  const trees = new Set([treeOf(instance)]);
  // What is added on the way is gone through as well.
  for (const tree of trees) {
    visit(tree.ref as object);
    tree.forEachChild((child) => void trees.add(child));
  }
}

/**
 * For an encoder that was made for a state of which all is known to its clients already, or will be by a full state: none of
 * it is news, and no id is given twice.
 * @param edges of what lies, or lay, in several places
 */
export function settleEncoder(encoder: Encoder, nextId: number, edges: ReadonlyMap<object, readonly Edge[]>): void {
  const root = encoder.root as unknown as Numbered;
  root.nextUniqueId = Math.max(root.nextUniqueId, nextId);
  for (const instance of edges.keys()) root.enqueueFilterRefresh(treeOf(instance));
  // Who sees it follows from all the places that it lies in, which an encoding settles. Schema keeps those in which it lay,
  // and their indexes are not always right: they come back behind that, or what is hidden would pass for open.
  if (root.pendingFilterRefresh.length > 0) encoder.encodeAll({ offset: 0 });
  for (const [instance, places] of edges) setEdges(instance, places);
  encoder.discardChanges();
  encoder.discardUnreliableChanges();
}

// ---- Views

interface ViewInternals {
  _root?: Root;
  _bindRoot(root: Root): void;
  _setSubscribed(tree: ChangeTree): void;
}

export function bindView(view: StateView, { root }: Encoder): void {
  (view as unknown as ViewInternals)._bindRoot(root);
}

export const isBound = (view: StateView, { root }: Encoder): boolean =>
  (view as unknown as ViewInternals)._root === root;

export const subscribeView = (view: StateView, tree: ChangeTree): void =>
  (view as unknown as ViewInternals)._setSubscribed(tree);

/** All that an encoder knows, by id. */
export const treesOf = ({ root }: Encoder): Readonly<Record<number, ChangeTree>> => root.changeTrees;

/** The tags with which any view sees it: each a single bit. */
export const tagsOf = (tree: ChangeTree): Iterable<number> => tree.tagViews?.keys() ?? [];
