import type { Compressor } from '../shared/wire/compression.ts';
import type { OpenSocket } from './socket.ts';
import type { Timers } from './timers.ts';

/** What the SDK's Room hangs on its connection. */
export interface ConnectionEvents {
  onopen?(): void;
  onmessage?(event: { data: Uint8Array | ArrayBuffer }): void;
  onclose?(event: { code: number; reason: string }): void;
  onerror?(event: { code: number; reason: string }): void;
}

export interface ConnectionOptions {
  open: OpenSocket;
  timers: Timers;
  compressor: Compressor;
  /**
   * A joined session lost its connection, or an attempt to come back failed. The next move is the owner's.
   */
  onDrop(code: number, reason: string, loss: Loss): void;
  /**
   * The room answered on a new connection of the session. Inputs may be sent now.
   * @param lastInput the number behind which the client counts on; undefined: from 1
   */
  onReturn(lastInput: number | undefined): void;
}

/**
 * How a connection was lost:
 * - `told`: its other end, or the way there, said so.
 * - `silence`: nobody said anything, which is our own verdict after a wait.
 * - `moved`: the room is at another node, whose address is known by now.
 */
export type Loss = 'told' | 'silence' | 'moved';
