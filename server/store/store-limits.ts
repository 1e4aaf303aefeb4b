export interface StoreLimits {
  /** How long a room that nobody writes to is kept. Default an hour. */
  roomTtlMs: number;
  /** How long the epoch of a room that was ended stays behind. Default ten minutes: longer than any node sleeps. */
  fenceMs: number;
  /** How long what was put aside is kept. Default a day. */
  asideMs: number;
  /** For how long restarts of a room are counted from the first. Default a minute. */
  restartsMs: number;
  /** Entries in a room's journal. Default 20,000: snapshots come every few seconds, and each shortens it. */
  maxEntries: number;
}

export const STORE_LIMITS: StoreLimits = {
  roomTtlMs: 3_600_000,
  fenceMs: 600_000,
  asideMs: 86_400_000,
  restartsMs: 60_000,
  maxEntries: 20_000,
};
