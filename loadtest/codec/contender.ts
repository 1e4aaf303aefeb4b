/**
 * One way of sending a trace. Made for one trace: it may look at the fields, and for ranges at the values, as somebody
 * who writes a game knows how large its world is; never at what comes next.
 */
export interface Contender {
  readonly name: string;
  /** What the layer below puts in front of each message: ours the header of a frame (PROTOCOL.md F1). Counted, not timed. */
  readonly headerBytes: number;
  /** A server that has sent nothing, and a client that has received nothing. */
  sender(): Sender;
  receiver(): Receiver;
}

export interface Sender {
  /** Takes a frame (entities × columns, NaN where absent) over into the server's state. Timed on its own. */
  set(frame: Float32Array): void;
  /**
   * The message of this frame; of the first it is the full state. With `headerBytes`, all bytes after the WebSocket's own
   * header: Colyseus's has a code. Good until the next call. Timed.
   */
  encode(): Uint8Array;
  /** Writes what the server's state holds: entities × columns, NaN where absent. */
  values(out: Float64Array): void;
}

export interface Receiver {
  /** Takes in the next message, so that a game could draw it. Timed. */
  decode(message: Uint8Array): void;
  /** Writes what the client's state holds: entities × columns, NaN where absent. */
  values(out: Float64Array): void;
}
