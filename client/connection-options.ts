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
   * @param waited that it was lost is our own verdict, after a wait; otherwise somebody said so
   */
  onDrop(code: number, reason: string, waited: boolean): void;
}
