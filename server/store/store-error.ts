/** How the store refuses. */
export type StoreErrorCode =
  /** Final: another owner has the room, under a higher epoch. Let go of it. */
  | 'fenced'
  /** Final: the room has been ended. Let go of it. */
  | 'ended'
  /** What was written is not there any more: `begin` anew with a fresh snapshot, then journal. */
  | 'lost'
  /** The journal is as long as it may get: `begin` anew. */
  | 'full'
  /** Final: a room of this id is there already. */
  | 'exists'
  /** Final: there is no such room. */
  | 'missing'
  /** Final: neither snapshot can be used; `message` says why of each. */
  | 'unreadable'
  /** Final: the snapshot is from a version of the format that this code does not know. A newer node can read it. */
  | 'newer-format'
  /** Final: the journal lacks an entry, or has a damaged one, behind the snapshot. */
  | 'journal-broken';

/** The state store refused. Branch on `code`. That Redis does not answer is a RedisUnavailableError instead: retry. */
export class StoreError extends Error {
  override readonly name = 'StoreError';
  readonly code: StoreErrorCode;
  readonly roomId: string;
  /** The epoch that stands in the store, where that is the reason; otherwise 0. */
  readonly epoch: number;

  constructor(code: StoreErrorCode, roomId: string, detail: string, epoch = 0) {
    super(`room ${roomId}: ${code}: ${detail}`);
    this.code = code;
    this.roomId = roomId;
    this.epoch = epoch;
  }
}
