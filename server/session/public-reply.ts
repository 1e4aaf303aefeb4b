import { getMessageBytes, Protocol, ResponseStatus, ServerError } from '@colyseus/core';
import { decode, type Iterator } from '@colyseus/schema';
import { unpack } from 'msgpackr';

/** Names of the errors that a room or Colyseus raised for the client to read. */
const MEANT_FOR_CLIENTS = new Set([new ServerError().name, 'no_handler']);

/**
 * A reply to `room.request` as a client may read it. Colyseus replies with the name and message of whatever a handler
 * threw; of an error that is not a `ServerError` the client is told only that there was one.
 */
export function publicReply(message: Uint8Array): Uint8Array {
  if (message[0] !== Protocol.ROOM_RESPONSE) return message;
  const it: Iterator = { offset: 1 };
  const requestId = decode.number(message as Buffer, it) as number;
  const status = message[it.offset++];
  if (status !== ResponseStatus.ERROR) return message;
  const error = unpack(message.subarray(it.offset) as Buffer) as { name: string };
  if (MEANT_FOR_CLIENTS.has(error.name)) return message;
  return getMessageBytes[Protocol.ROOM_RESPONSE](requestId, ResponseStatus.ERROR, {
    name: 'Error',
    message: 'the request failed',
  });
}
