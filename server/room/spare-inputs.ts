import type { Client } from '@colyseus/core';

/** What of core's input buffer and of Schema's decoder is touched here. */
interface InputBuffer {
  _head: number;
  _items: unknown[];
  _renderTimes: number[];
  _reckonTimes: number[];
  /** Of unreliable inputs; undefined until the first. */
  _seqs: number[] | undefined;
  compact(): void;
  accept(sequence: number): boolean;
}
interface InputParts {
  _inputBuffer?: InputBuffer;
  _inputDecoder?: { _decoder: { root: { garbageCollectDeletedRefs(): void } } };
}

/** Inputs that were consumed and whose places are kept until there are so many. */
const KEPT_PLACES = 8;

/**
 * Leaves out what core and Schema do for each input of this client and nobody needs: three arrays that are emptied with
 * each reliable input that is consumed, and grow again with the next; and a search for instances that went, in an input
 * that has none (`isPlain`).
 */
export function spareInputs(client: Client, isPlain: boolean): void {
  const { _inputBuffer: buffer, _inputDecoder: decoder } = client as unknown as InputParts;
  if (buffer !== undefined) {
    buffer.compact = compactSeldom;
    buffer.accept = acceptAligned;
  }
  if (isPlain && decoder !== undefined) decoder._decoder.root.garbageCollectDeletedRefs = nothingWent;
}

/** Core's own, as the class has it. */
const ownOf = (buffer: InputBuffer): InputBuffer => Object.getPrototypeOf(buffer) as InputBuffer;

function compactSeldom(this: InputBuffer): void {
  if (this._head >= KEPT_PLACES || this._seqs !== undefined) ownOf(this).compact.call(this);
}

/** Asked before an unreliable input is added: from the first on their numbers lie beside the items, and none may be kept. */
function acceptAligned(this: InputBuffer, sequence: number): boolean {
  if (this._seqs === undefined && this._head > 0) {
    for (const places of [this._items, this._renderTimes, this._reckonTimes]) places.splice(0, this._head);
    this._head = 0;
  }
  return ownOf(this).accept.call(this, sequence);
}

function nothingWent(): void {}
