/** Who may send a frame of a type, and what its header flags may say. */
interface FrameRules {
  readonly name: string;
  readonly fromClient: boolean;
  readonly fromServer: boolean;
  /** Flags that the type takes, of {@link FrameFlag}. */
  readonly flags: number;
}

export const FrameFlag = {
  /** The body is raw deflate, its raw length in front. */
  Compressed: 1,
  /** More fragments of the same message follow. */
  More: 2,
  /** Kept by the sender until acknowledged, and sent again on resume. */
  MustAck: 4,
  /** The payload begins with the clock prefix: STATE and DELTA in rooms with inputs. */
  Timed: 8,
} as const;

/** Bits that must be zero, so that they stay free for later. */
export const RESERVED_FLAGS = 0xf0;

export const FrameType = {
  Colyseus: 1,
  Batch: 2,
  State: 3,
  Delta: 4,
  Input: 5,
  Ping: 6,
  Pong: 7,
  Ack: 8,
  Resume: 9,
  Moved: 10,
  Closing: 11,
  Keyframe: 12,
} as const;
export type FrameType = (typeof FrameType)[keyof typeof FrameType];

const { Compressed, More, MustAck, Timed } = FrameFlag;

/** The one table of frame types (PROTOCOL.md F4): the readers, the writers and the documentation's test go by it. */
export const FRAME_RULES: readonly (FrameRules | undefined)[] = [
  undefined,
  { name: 'COLYSEUS', fromClient: true, fromServer: true, flags: Compressed | More | MustAck },
  { name: 'BATCH', fromClient: true, fromServer: true, flags: Compressed | MustAck },
  { name: 'STATE', fromClient: false, fromServer: true, flags: Compressed | More | Timed },
  { name: 'DELTA', fromClient: false, fromServer: true, flags: Compressed | More | Timed },
  { name: 'INPUT', fromClient: true, fromServer: false, flags: Compressed },
  { name: 'PING', fromClient: true, fromServer: true, flags: 0 },
  { name: 'PONG', fromClient: true, fromServer: true, flags: 0 },
  { name: 'ACK', fromClient: true, fromServer: true, flags: 0 },
  { name: 'RESUME', fromClient: true, fromServer: true, flags: 0 },
  { name: 'MOVED', fromClient: false, fromServer: true, flags: 0 },
  { name: 'CLOSING', fromClient: true, fromServer: true, flags: 0 },
  { name: 'KEYFRAME', fromClient: true, fromServer: false, flags: 0 },
];
