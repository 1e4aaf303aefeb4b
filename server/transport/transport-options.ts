import { type RateLimits, DEFAULT_RATE_LIMITS } from '../session/rate-limiter.ts';
import type { SessionLimits } from '../../shared/session/frame-session.ts';

/** What a connection may do and how long it may take, in milliseconds and bytes. */
export interface ConnectionLimits {
  /** From the room's answer to the join to its acknowledgement; past it, `HandshakeTimeout`. Default 4,000. */
  handshakeTimeoutMs: number;
  /** Silence after which a peer is asked whether it is there. Default 30,000. */
  heartbeatSilenceMs: number;
  /** How long it has for the answer, before the connection counts as lost. Default 10,000. */
  heartbeatAnswerMs: number;
  /** A client of a ticking room that was sent nothing for this long gets a PING. Looked at every 250 ms. Default 250. */
  keepaliveMs: number;
  /** What may wait in a socket that is not read, a state aside, before the connection is dropped. Default 1 MiB. */
  maxBufferedBytes: number;
  /** With more than this waiting in the socket no state is sent until all of it has left. Default 16 KiB. */
  maxBufferedStateBytes: number;
  /** Nor when something has waited there for this long. Default 250. */
  maxBufferedStateMs: number;
  /** From the close frame to the end of the socket, whatever the peer does. Default 1,000. */
  closeTimeoutMs: number;
  /**
   * A process that is sent more than 2,000 messages a second by clients with frames looks at its connections once in so long,
   * see ReadCoalescer: this late may a tick begin, or what a client sends be read, for less CPU. 0: whenever something comes.
   * At most 8. Default 2.
   */
  readEveryMs: number;
  /** Per session; a resume does not refill it. */
  rate: RateLimits;
  /** Per session: what is kept unacknowledged, and the largest message taken. */
  session: Partial<SessionLimits>;
}

export const DEFAULT_CONNECTION_LIMITS: ConnectionLimits = {
  handshakeTimeoutMs: 4_000,
  heartbeatSilenceMs: 30_000,
  heartbeatAnswerMs: 10_000,
  keepaliveMs: 250,
  maxBufferedBytes: 1_048_576,
  maxBufferedStateBytes: 16_384,
  maxBufferedStateMs: 250,
  closeTimeoutMs: 1_000,
  readEveryMs: 2,
  rate: DEFAULT_RATE_LIMITS,
  session: {},
};
