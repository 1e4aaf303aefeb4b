import type { Client } from '@colyseus/core';

/** What of core's input buffer and of Schema's decoder is touched here. */
interface InputBuffer {
  _head: number;
  compact(): void;
}
interface InputParts {
  _inputBuffer?: InputBuffer;
  _inputDecoder?: { _decoder: { root: { garbageCollectDeletedRefs(): void } } };
}

/** Inputs that were consumed and whose places are kept until there are so many. */
const KEPT_PLACES = 8;

const spared = new WeakSet<InputBuffer>();

/**
 * Leaves out what core and Schema do for each input and nobody needs: three arrays that are emptied with each input that is
 * consumed, and grow again with the next; and a search for instances that went, in an input that has none (`isPlain`).
 */
export function spareInputs(client: Client, isPlain: boolean): void {
  const { _inputBuffer: buffer, _inputDecoder: decoder } = client as unknown as InputParts;
  if (buffer !== undefined) keepPlaces(Object.getPrototypeOf(buffer) as InputBuffer);
  if (isPlain && decoder !== undefined) decoder._decoder.root.garbageCollectDeletedRefs = nothingWent;
}

function keepPlaces(buffers: InputBuffer): void {
  if (spared.has(buffers)) return;
  spared.add(buffers);
  const { compact } = buffers;
  buffers.compact = function (this: InputBuffer) {
    if (this._head >= KEPT_PLACES) compact.call(this);
  };
}

function nothingWent(): void {}
