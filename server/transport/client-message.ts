import { decode, type Iterator } from '@colyseus/schema';
import { MessageCode, messageCode } from '../../shared/wire/colyseus-message.ts';
import { WireError } from '../../shared/wire/wire-error.ts';

/** Modifier of an input message: stamps for lag compensation are in front. */
const TIMED = 0x80;
/** More inputs than any client sends again in one message; the SDK's history is 4 unless told otherwise. */
const MAX_REDUNDANT_INPUTS = 64;

/**
 * Refuses what Colyseus would take too much for: an unreliable input announces how many stamps it has, and core 0.18
 * makes an array of that length before it looks whether they are there.
 * @throws {WireError} `bad-message`
 */
export function checkClientMessage(message: Uint8Array): void {
  if (message.length === 0) throw new WireError('bad-message', 0, 'an empty Colyseus message');
  if (messageCode(message) !== MessageCode.InputUnreliable || !(message[0]! & TIMED)) return;
  const it: Iterator = { offset: 1 };
  const stamps = message.length > 1 ? (decode.number(message as Buffer, it) as number) : NaN;
  if (!Number.isInteger(stamps) || stamps < 1 || stamps > MAX_REDUNDANT_INPUTS) {
    throw new WireError('bad-message', 1, `${stamps} inputs in one message`);
  }
}
