import { decode, type Iterator } from '@colyseus/schema';
import { MessageCode, messageCode } from '../../shared/wire/colyseus-message.ts';
import { MAX_REDUNDANT_INPUTS } from './input-ring.ts';
import { WireError } from '../../shared/wire/wire-error.ts';

/** Modifier of an input message: stamps for lag compensation are in front. */
const TIMED = 0x80;

/** What a client may say; the rest of Colyseus's codes are the server's. */
const FROM_CLIENTS: ReadonlySet<number> = new Set([
  MessageCode.JoinRoom,
  MessageCode.LeaveRoom,
  MessageCode.RoomData,
  MessageCode.RoomDataBytes,
  MessageCode.Ping,
  MessageCode.InputReliable,
  MessageCode.InputUnreliable,
  MessageCode.RoomRequest,
]);

/**
 * Refuses what is no client's to say, and what Colyseus would take too much for: an unreliable input announces how many
 * stamps it has, and core 0.18 makes an array of that length before it looks whether they are there.
 * @throws {WireError} `bad-message`
 */
export function checkClientMessage(message: Uint8Array): void {
  if (message.length === 0) throw new WireError('bad-message', 0, 'an empty Colyseus message');
  const code = messageCode(message);
  if (!FROM_CLIENTS.has(code)) throw new WireError('bad-message', 0, `code ${code} from a client`);
  if (code !== MessageCode.InputUnreliable || !(message[0]! & TIMED)) return;
  const it: Iterator = { offset: 1 };
  const stamps = message.length > 1 ? (decode.number(message as Buffer, it) as number) : NaN;
  if (!Number.isInteger(stamps) || stamps < 1 || stamps > MAX_REDUNDANT_INPUTS) {
    throw new WireError('bad-message', 1, `${stamps} inputs in one message`);
  }
}
