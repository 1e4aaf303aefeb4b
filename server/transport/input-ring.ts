import { decode, type Iterator } from '@colyseus/schema';
import { InputDecoder } from '@colyseus/schema/input';

/** More inputs than any client sends again in one message; the SDK's history is 4 unless told otherwise. */
export const MAX_REDUNDANT_INPUTS = 64;

/**
 * Refuses a ring of inputs whose lengths do not add up: `[base sequence]` and then `[length][body]` to the end.
 * @throws {RangeError} which core logs, and leaves the inputs out
 */
export function checkInputRing(ring: Uint8Array): void {
  const it: Iterator = { offset: 0 };
  decode.number(ring as Buffer, it);
  for (let inputs = 0; it.offset < ring.length; inputs++) {
    const length = decode.number(ring as Buffer, it) as number;
    const fits = Number.isInteger(length) && length >= 0 && it.offset + length <= ring.length;
    if (!fits || inputs === MAX_REDUNDANT_INPUTS) throw new RangeError('inputs that do not add up');
    it.offset += length;
  }
}

/**
 * Schema 5.0 takes lengths as they come: one below zero sends its reader back to where it was, for ever, and with it
 * the whole server. Core hands a client's bytes to it, so it is made to look first.
 */
export function guardInputRings(): void {
  const { decodeAll } = InputDecoder.prototype;
  InputDecoder.prototype.decodeAll = function (this: InputDecoder, bytes, onInput) {
    checkInputRing(bytes);
    return decodeAll.call(this, bytes, onInput);
  };
}
