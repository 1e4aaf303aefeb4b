import type { NetStats } from '../net-stats.ts';

/** All that the graph samples, as it stands now. Times in ms. */
export interface NetReading {
  rttMs: number;
  jitterMs: number;
  bytesIn: number;
  bytesOut: number;
  messagesIn: number;
  /** State updates applied since the page joined. */
  updates: number;
  /** Times the own ship's prediction was put right. */
  corrections: number;
}

export function readNetwork(stats: NetStats, updates: number, corrections: number): NetReading {
  const { rttMs, jitterMs, bytesIn, bytesOut, messagesIn } = stats;
  return { rttMs, jitterMs, bytesIn, bytesOut, messagesIn, updates, corrections };
}
