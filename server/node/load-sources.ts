import { monitorEventLoopDelay, performance } from 'node:perf_hooks';
import type { Tally } from '../metrics/tally.ts';
import type { LoadSources } from './load-meter.ts';

/** How often the event loop's lateness is sampled. */
const RESOLUTION_MS = 10;
const NANOSECONDS = 1e6;

/** The load of this very process. `stop` ends the timer behind it. */
export function processLoad(tally: Tally, count: LoadSources['count']): LoadSources & { stop(): void } {
  const delay = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  delay.enable();
  // What it records is the whole interval; its resolution is not lateness.
  const lateMs = (nanoseconds: number): number => Math.max(0, nanoseconds / NANOSECONDS - RESOLUTION_MS);
  return {
    now: () => performance.now(),
    tickMs: () => tally.tick.sumMs,
    // A rest lies within a callback, which counts as active.
    activeMs: () => performance.eventLoopUtilization().active - tally.restedMs,
    takeLagMs: () => {
      if (delay.count === 0) return { p50: 0, p99: 0, max: 0 };
      const lag = { p50: lateMs(delay.percentile(50)), p99: lateMs(delay.percentile(99)), max: lateMs(delay.max) };
      delay.reset();
      return lag;
    },
    count,
    stop: () => {
      delay.disable();
    },
  };
}
