import { type NetStats } from '../net-stats.ts';

/** The parts of an SDK room that say how the link is doing. `stats` is there on velarium's own connection only. */
export interface MeasuredRoom {
  stats?: NetStats;
  clock: { smoothedRtt(): number; jitter(): number };
}

/** All that the graph samples, as it stands now. Times in ms; what cannot be known is undefined. */
export interface NetReading {
  rttMs: number;
  jitterMs: number;
  bytesIn: number | undefined;
  bytesOut: number | undefined;
  messagesIn: number | undefined;
  /** State updates applied since the page joined. */
  updates: number;
  /** Times the own ship's prediction was put right. */
  corrections: number;
}

/** @param room a plain Colyseus room gives the two times only, measured by the SDK */
export function readNetwork(room: MeasuredRoom, updates: number, corrections: number): NetReading {
  const stats = room.stats;
  return {
    rttMs: stats?.rttMs ?? room.clock.smoothedRtt(),
    jitterMs: stats?.jitterMs ?? room.clock.jitter(),
    bytesIn: stats?.bytesIn,
    bytesOut: stats?.bytesOut,
    messagesIn: stats?.messagesIn,
    updates,
    corrections,
  };
}
