/**
 * How a peer's bytes can break PROTOCOL.md. Every one is final: say it in a CLOSING frame, then close the socket. But for
 * those of a live body, whatever their code: its reader asks for a keyframe (PROTOCOL.md D13).
 */
export type WireErrorCode =
  | 'truncated' // ends before what it announced
  | 'too-large' // a frame over 64 KiB
  | 'text-message' // a WebSocket text message
  | 'unknown-type'
  | 'wrong-direction' // a type that this side never receives
  | 'reserved-flag'
  | 'wrong-flag' // a flag that this type does not take
  | 'sequence-jump' // not the next sequence, nor one that a resume explains
  | 'fragment-without-start'
  | 'fragment-interrupted' // another frame between the fragments of a message
  | 'message-too-large' // inflated or put together, over the receiver's limit
  | 'bad-compression'
  | 'wrong-length' // a length that contradicts another, or that the type does not have
  | 'trailing-bytes'
  | 'bad-batch'
  | 'bad-text' // not UTF-8
  | 'bad-message' // not a Colyseus message that this side may send
  | 'bad-state' // a live part that no encoder writes
  | 'bad-check' // a STATE or DELTA that was damaged, or is not the next one
  | 'delta-without-state' // a timed DELTA before any timed STATE of its connection
  | 'unexpected-resume'; // RESUME anywhere but as the first frame after a reconnect

/**
 * A peer's bytes broke PROTOCOL.md. Branch on `code`; `offset` is the byte of the frame at which reading stopped (of a
 * live body's code, nothing that could be told: PROTOCOL.md D13); `message` is for people and names no internals, it may be sent to the peer.
 */
export class WireError extends Error {
  override readonly name = 'WireError';
  readonly code: WireErrorCode;
  readonly offset: number;

  constructor(code: WireErrorCode, offset: number, detail: string) {
    super(`${code} at byte ${offset}: ${detail}`);
    this.code = code;
    this.offset = offset;
  }
}
