import type { Compressor } from '../../shared/wire/compression.ts';
import type { ByteSink } from './direct-send.ts';
import type { ReadCoalescer } from './read-coalescer.ts';
import type { ConnectionLimits } from './transport-options.ts';

/** What the connection is part of, as far as it must know. */
export interface FramedSocketOptions {
  limits: ConnectionLimits;
  compressor: Compressor;
  /** Monotonic milliseconds. */
  now: () => number;
  /** Milliseconds between the ticks of the room, or undefined where it has none and nobody calls `flush`. */
  tickMs: number | undefined;
  /** Whether the room sends its state as live bodies; asked with the join. Default: no. */
  liveBodies?(): boolean;
  /** Counts the owners that the room had; asked with the join. Default: 0, it has one only. */
  epoch?(): number;
  /** Whether the room stands still: what it had for the client waits, whatever else is to be said. Default: no. */
  standsStill?(): boolean;
  /** Whether the client says that it comes back with its session: nothing goes out before its RESUME. */
  resuming: boolean;
  /** The connection below the WebSocket; without it, messages go through `ws`. */
  sink?: ByteSink;
  /** Hears of each message. */
  reads?: ReadCoalescer | undefined;
}
