import type { Client } from '@colyseus/core';
import { lastInputOf, type StateTiming } from '../room/colyseus-internals.ts';
import { CLOCK_PREFIX_BYTES } from '../../shared/wire/clock-prefix.ts';
import { MessageCode } from '../../shared/wire/colyseus-message.ts';

/** Colyseus's modifier: the clock prefix follows the code. */
const TIMED = 0x80;

/** What a framed connection offers beside Colyseus's own (see FramedSocket). */
interface PatchSocket {
  sendTimedPatch?(patch: Uint8Array, elapsedMs: number, inputs: number): boolean;
}

type StateCode = typeof MessageCode.RoomState | typeof MessageCode.RoomStatePatch;

/** A Colyseus message with state, the same for every client: the code, then the body. */
export function stateMessage(code: StateCode, body: Uint8Array): Uint8Array {
  const message = new Uint8Array(1 + body.length);
  message[0] = code;
  message.set(body, 1);
  return message;
}

/** The same in a room that has inputs: behind the code stand the clock and the client's last input that was consumed. */
export function timedStateMessage(
  code: StateCode,
  body: Uint8Array,
  { sNow }: StateTiming,
  client: Client,
): Uint8Array {
  const message = new Uint8Array(1 + CLOCK_PREFIX_BYTES + body.length);
  const view = new DataView(message.buffer);
  message[0] = code | TIMED;
  view.setUint32(1, sNow, true);
  view.setUint32(5, lastInputOf(client), true);
  message.set(body, 1 + CLOCK_PREFIX_BYTES);
  return message;
}

/** Hot: once a tick and view. Untimed, all get one and the same message; timed, each its own. `body` may change after. */
export function sendState(
  clients: readonly Client[],
  code: StateCode,
  body: Uint8Array,
  timing: StateTiming | undefined,
): void {
  if (clients.length === 0) return;
  if (timing === undefined) {
    const message = stateMessage(code, body);
    for (const client of clients) client.raw(message);
    return;
  }
  // One copy for all: who encoded it writes there again, and a patch waits for the flush.
  const patch = code === MessageCode.RoomStatePatch ? body.slice() : undefined;
  for (const client of clients) {
    const { sendTimedPatch } = client.ref as PatchSocket;
    const isSent =
      patch !== undefined && sendTimedPatch?.call(client.ref, patch, timing.sNow >>> 0, lastInputOf(client) >>> 0);
    if (!isSent) client.raw(timedStateMessage(code, body, timing, client));
  }
}
