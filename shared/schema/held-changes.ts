import type { DataChange, Decoder } from '@colyseus/schema';

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
