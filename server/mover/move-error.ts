export type MoveErrorCode =
  /** No such room is here, or it is one that does not outlive its node; final. */
  | 'not-here'
  /** It is being moved already. */
  | 'busy'
  /** No node takes it. */
  | 'no-target'
  /** The other node does not take it. */
  | 'refused'
  /** The other node says nothing. */
  | 'no-answer'
  /** It could not be written down in time. */
  | 'not-written'
  /** It is somebody else's. */
  | 'lost';

/** A room was not moved. It plays on where it was, unless it is `lost`. */
export class MoveError extends Error {
  override readonly name = 'MoveError';
  readonly code: MoveErrorCode;

  constructor(code: MoveErrorCode, roomId: string, detail: string) {
    super(`room ${roomId}: ${detail}`);
    this.code = code;
  }
}
