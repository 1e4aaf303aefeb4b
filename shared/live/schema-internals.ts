/**
 * Everything that velarium relies on inside @colyseus/schema that is not its public interface, in one place.
 * `schema-internals.test.ts` says in a plain sentence which of these moved when a new release changes it.
 */
import {
  $changes,
  $encoder,
  $refId,
  $values,
  type BuilderDefinition,
  type DataChange,
  Decoder,
  type EncodeDescriptor,
  type Encoder,
  FieldBuilder,
  getEncodeDescriptor,
  type IRef,
  OPERATION,
  type Root,
  type Schema,
  type StateView,
} from '@colyseus/schema';

/** What schema() and live() return, whatever the fields. */
export interface SchemaClass {
  readonly prototype: object;
}

// ---- Declaring

interface FieldMetadata {
  name: string;
  type: unknown;
  unreliable?: boolean;
}
type ClassMetadata = Record<number, FieldMetadata> & Record<string, unknown>;

const UNRELIABLE_INDEXES = '~__unreliableFieldIndexes';
const STREAM_INDEXES = '~__streamFieldIndexes';

const internalsOf = (klass: SchemaClass): typeof Schema => klass as unknown as typeof Schema;

const metadataOf = (klass: SchemaClass): ClassMetadata =>
  internalsOf(klass)[Symbol.metadata] as unknown as ClassMetadata;

/** The index by which Schema knows a field: the lower bits of its operation byte, and its place in `valuesOf`. */
export function indexOfField(klass: SchemaClass, name: string): number {
  return metadataOf(klass)[name] as number;
}

/** A field as a class declares it. */
export interface DeclaredField {
  readonly name: string;
  readonly index: number;
  /** The class that it refers to, or that its elements are of. */
  readonly holds: SchemaClass | undefined;
  readonly isUnreliable: boolean;
  /** Whether its elements are sent a few at a time: `t.stream()`, or a collection with `.stream()`. */
  readonly isStream: boolean;
}

export function declaredFields(klass: SchemaClass): DeclaredField[] {
  const metadata = metadataOf(klass) as ClassMetadata | undefined;
  if (metadata === undefined) return [];
  const streams = (metadata[STREAM_INDEXES] ?? []) as number[];
  return Object.keys(metadata)
    .map(Number)
    .map((index) => {
      const { name, type, unreliable = false } = metadata[index]!;
      const element: unknown = typeof type === 'object' ? Object.values(type as object)[0] : type;
      const holds = typeof element === 'function' ? (element as unknown as SchemaClass) : undefined;
      return { name, index, holds, isUnreliable: unreliable, isStream: streams.includes(index) };
    });
}

/**
 * Makes a field unreliable as `.unreliable()` would: no state patch carries its changes, which queue up instead until
 * `encoder.discardUnreliableChanges()`. Directly, because what asks for it is a class that exists already. Must run before
 * the first instance: the first one fixes what the class's encoder knows.
 */
export function markUnreliable(klass: SchemaClass, index: number): void {
  const metadata = metadataOf(klass);
  // A child's own copy of its parent's list was made with the child's metadata; creating it here is for the first field.
  if (metadata[UNRELIABLE_INDEXES] === undefined) {
    Object.defineProperty(metadata, UNRELIABLE_INDEXES, {
      value: [],
      enumerable: false,
      configurable: true,
      writable: true,
    });
  }
  metadata[index]!.unreliable = true;
  (metadata[UNRELIABLE_INDEXES] as number[]).push(index);
}

interface BuilderInternals {
  toDefinition(): BuilderDefinition;
}

/** What was declared with a builder; `toDefinition` is private to types only. */
export function definitionOf(builder: FieldBuilder): BuilderDefinition {
  return (FieldBuilder.prototype as unknown as BuilderInternals).toDefinition.call(builder);
}

/** Makes schema(), which asks a builder for its definition, throw `message` when it meets this one. */
export function refuseInSchema(builder: object, message: string): void {
  (builder as BuilderInternals).toDefinition = () => {
    throw new TypeError(message);
  };
}

// ---- Instances

/** The tracker of one instance: a Schema, or a collection. */
export interface Tree {
  readonly ref: object;
  /** Its own ADD is not sent yet: changes of its live fields travel in the reliable queue until it is. */
  readonly isNew: boolean;
  /** It is, or lies within, a field with `.view()`: who sees it is a matter of views. Settled by the next encode. */
  readonly isFiltered: boolean;
  /**
   * The places beyond one in which it lies, or lay: Schema does not forget them before the place itself is gone, and what
   * shares its parent's visibility shares theirs.
   */
  readonly extraParents?: unknown;
  /** Those right below: what a Schema's fields or a collection's entries refer to. */
  forEachChild(visit: (child: Tree) => void): void;
}

type Tracked = Record<typeof $changes, Tree & { root?: OmittingRoot }> & Record<typeof $values, unknown[]>;

/** An instance's id on the wire; undefined before it is attached to a state. */
export const refIdOf = (instance: object): number | undefined => (instance as IRef)[$refId];

export const treeOf = (instance: object): Tree => (instance as Tracked)[$changes];

/**
 * The values of an instance by field index, not to be written. Instances of classes that a client made by reflection hold
 * their values as own properties instead, and nothing here.
 */
export const valuesOf = (instance: object): readonly unknown[] => (instance as Tracked)[$values];

// ---- Encoder

/** Calls `visit` with every instance that is attached to the encoder's state now, collections included. */
export function forEachRef(encoder: Encoder, visit: (instance: object, refId: number) => void): void {
  const trees = encoder.root.changeTrees as Record<string, Tree>;
  for (const refId in trees) visit(trees[refId]!.ref, Number(refId));
}

/**
 * Calls `onAdd` when an instance becomes part of the encoder's state, at its first reference, and `onRemove` when its last
 * one is gone; what hangs below it comes and goes with it. An instance that is moved may come again with the same id. When
 * `onAdd` runs, the tree does not yet know its root, nor whether it is filtered.
 */
export function watchRefs(
  encoder: Encoder,
  onAdd: (instance: object, refId: number) => void,
  onRemove: (instance: object, refId: number) => void,
): void {
  const { root } = encoder;
  const { add, remove } = root;
  root.add = function (tree) {
    const isFirst = add.call(this, tree);
    if (isFirst) onAdd(tree.ref, refIdOf(tree.ref)!);
    return isFirst;
  };
  root.remove = function (tree) {
    const refId = refIdOf(tree.ref)!;
    const wasAttached = root.changeTrees[refId] !== undefined;
    const references = remove.call(this, tree);
    if (wasAttached && root.changeTrees[refId] === undefined) onRemove(tree.ref, refId);
    return references;
  };
}

/**
 * Whether a client with this view (undefined: without one) is sent the instance. To be asked behind the tick's encodings,
 * which settle what is filtered and what children see of their parents' visibility.
 */
export function isVisible(view: StateView | undefined, tree: Tree): boolean {
  return !tree.isFiltered || (view !== undefined && view.isChangeTreeVisible(tree as never));
}

/**
 * Calls `onMove` with what is referred to from one place more, or from one less, while it stays part of the state: whether
 * views decide who sees it is settled anew by the next encode, and so is that of all below it ({@link isUnsettled}).
 */
export function watchMoves(encoder: Encoder, onMove: (tree: Tree) => void): void {
  const { root } = encoder;
  const enqueue = root.enqueueFilterRefresh;
  root.enqueueFilterRefresh = function (tree) {
    enqueue.call(this, tree);
    onMove(tree as never);
  };
}

/** Whether something of {@link watchMoves} is not settled yet. */
export const isUnsettled = (encoder: Encoder): boolean => encoder.root.pendingFilterRefresh.length > 0;

/**
 * Calls `onChange` with each tree that a view begins to see or sees no longer, whoever makes it so: the game, Schema when
 * it encodes, or {@link isVisible}, which lets what has no mark of its own share its parent's. Calls `onEnd` when the view
 * sees nothing any more. The view calls its own methods for all of it, as does Schema.
 */
export function watchSight(view: StateView, onChange: (tree: Tree) => void, onEnd: () => void): void {
  const { markVisible, unmarkVisible, dispose } = view;
  view.markVisible = function (tree) {
    const saw = this.isVisible(tree);
    markVisible.call(this, tree);
    if (!saw) onChange(tree as never);
  };
  view.unmarkVisible = function (tree) {
    const saw = this.isVisible(tree);
    unmarkVisible.call(this, tree);
    if (saw) onChange(tree as never);
  };
  view.dispose = function () {
    dispose.call(this);
    onEnd();
  };
}

const $omits = Symbol('velarium.omits');
type Omits = (instance: object) => boolean;
type OmittingRoot = Root & { [$omits]?: Omits | undefined };

/**
 * While `omits` is set and says so of an instance, encodings leave out the instance's live fields: all four of encode,
 * encodeView, encodeAll and encodeAllView, and encodeUnreliable too. Unset it for clients that speak plain Colyseus.
 */
export function setOmission(encoder: Encoder, omits: Omits | undefined): void {
  (encoder.root as OmittingRoot)[$omits] = omits;
}

/**
 * Prepares a class for `setOmission`. Its descriptor, made here in place of by the first instance, gets a filter that is
 * asked for each field before any byte of the instance is written; views and streams do not ask it, so the class's
 * `$encoder` looks as well, which classes derived from this one inherit.
 */
export function allowOmission(klass: SchemaClass, indexes: readonly number[]): void {
  const isLive: boolean[] = [];
  for (const index of indexes) isLive[index] = true;
  const internals = internalsOf(klass);
  const encode = internals[$encoder];
  internals[$encoder] = (encoder, bytes, tree, index, operation, it, isEncodeAll, hasView, metadata) => {
    if (isLive[index] === true && (encoder.root as OmittingRoot)[$omits]?.(tree.ref as object) === true) return;
    encode(encoder, bytes, tree, index, operation, it, isEncodeAll, hasView, metadata);
  };
  const descriptor: EncodeDescriptor = getEncodeDescriptor(klass.prototype);
  const { filter } = descriptor;
  descriptor.filter = (instance: object, index, view) =>
    !(isLive[index] === true && (instance as Tracked)[$changes].root?.[$omits]?.(instance) === true) &&
    (filter === undefined || filter(instance, index, view));
}

// ---- Decoder

/** The instance that a decoder knows by this id. */
export const refOf = (decoder: Decoder, refId: number): object | undefined => decoder.root.refs.get(refId);

/** Whether instances are to be released by the next `triggerChanges`: what was decoded took their last reference. */
export const releasesRefs = (decoder: Decoder): boolean => decoder.root.deletedRefs.size > 0;

/**
 * Runs `decode`, which may call `decoder.decode` and `decoder.decodeResync`, and holds back the callbacks and the release of
 * removed instances, so that more can be written before any callback sees the state. Hand what it returns, and what was
 * added to it, to `triggerChanges`.
 * @returns the changes; none are made while nobody listens
 */
export function withHeldChanges(decoder: Decoder, decode: () => void): DataChange[] {
  const held: DataChange[] = [];
  const trigger = decoder.triggerChanges;
  const { root } = decoder;
  const collect = root.garbageCollectDeletedRefs;
  if (trigger !== undefined) {
    decoder.triggerChanges = (changes) => {
      for (const change of changes) held.push(change);
    };
  }
  root.garbageCollectDeletedRefs = () => {};
  try {
    decode();
  } finally {
    decoder.triggerChanges = trigger;
    root.garbageCollectDeletedRefs = collect;
  }
  return held;
}

type FieldsByIndex = Record<number, { name: string } | undefined>;
type Entries = { entries?(): Iterable<[number | string, unknown]> };

/**
 * `decoder.decodeResync` that takes the bytes at their word: Schema's own takes back entries of collections that a full
 * state does not name, but leaves fields as they were that were unset, or hidden from the client's view, in the meantime.
 * Within `withHeldChanges`.
 *
 * The bytes are decoded twice: to the state, and to one that is blank and shows by what it then has what they name.
 * Schema's decoder does not tell which fields it read, and a field that it read to be what it was makes no change. Full
 * states are rare; the second time costs as much as the first.
 * @param keeps whether a field that the bytes do not name is left as it is: it travels by another way
 */
export function decodeWhole(
  decoder: Decoder,
  bytes: Uint8Array,
  keeps: (refId: number, field: string) => boolean,
): void {
  decoder.decodeResync(bytes);
  const blank = new Decoder(
    (decoder.state as { constructor: typeof Schema }).constructor.initializeForDecoder(),
    decoder.context,
  );
  blank.decode(bytes);
  const changes: DataChange[] = [];
  for (const [refId, named] of blank.root.refs) {
    const fields = (named.constructor as typeof Schema)[Symbol.metadata] as FieldsByIndex | undefined;
    const known = decoder.root.refs.get(refId) as (IRef & Record<string, unknown>) | undefined;
    if (fields === undefined || known === undefined) continue;
    for (const index in fields) {
      const field = fields[index]!.name;
      const isNamed = (named as unknown as Record<string, unknown>)[field] !== undefined;
      if (!isNamed && known[field] !== undefined && !keeps(refId, field))
        takeBack(decoder, known, refId, field, changes);
    }
  }
  if (changes.length > 0) decoder.triggerChanges?.(changes);
}

function takeBack(
  decoder: Decoder,
  ref: IRef & Record<string, unknown>,
  refId: number,
  field: string,
  changes: DataChange[],
): void {
  const previousValue = ref[field] as (Entries & IRef) | undefined;
  const op = OPERATION.DELETE;
  changes.push({ ref, refId, op, field, value: undefined, previousValue });
  ref[field] = undefined;
  const previousId = previousValue?.[$refId];
  if (previousId === undefined) return;
  decoder.root.removeRef(previousId);
  for (const [key, entry] of previousValue!.entries?.() ?? []) {
    changes.push({
      ref: previousValue!,
      refId: previousId,
      op,
      dynamicIndex: key,
      value: undefined,
      previousValue: entry,
    });
  }
}

/**
 * Tells listeners of `changes`, then releases removed instances and their callbacks, also where a listener throws: the
 * order of `decoder.decode`.
 */
export function triggerChanges(decoder: Decoder, changes: DataChange[]): void {
  try {
    decoder.triggerChanges?.(changes);
  } finally {
    decoder.root.garbageCollectDeletedRefs();
  }
}

/** `Callbacks` hears by instance; the debug inspector and raw listeners put their own function there and hear all. */
const BY_INSTANCE = 'bound triggerChanges';

/** Whether anybody would hear of a change of this instance. Without listeners no change needs to be made. */
export function hasCallbacks(decoder: Decoder, refId: number): boolean {
  const trigger = decoder.triggerChanges;
  return trigger !== undefined && (trigger.name !== BY_INSTANCE || decoder.root.callbacks[refId] !== undefined);
}
