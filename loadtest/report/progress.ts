import type { Second } from '../worker/generator.ts';

/** One second of a run, for whoever waits. */
export function progressLine(second: Second, seconds: number): string {
  const { clients, updates, roundTrips, gaps, bytesIn, messagesIn, errors } = second;
  const rate = clients === 0 ? 0 : updates / clients;
  const bytes = messagesIn === 0 ? 0 : bytesIn / messagesIn;
  return (
    `${String(second.second + 1).padStart(4)}/${seconds} s  ${clients} clients  ${rate.toFixed(1)} updates/s  ` +
    `round trip ${roundTrips.percentile(50).toFixed(1)} / ${roundTrips.percentile(99).toFixed(1)} ms  ` +
    `gap ${gaps.maxMs.toFixed(0)} ms  ${bytes.toFixed(0)} bytes/message  ${errors} errors`
  );
}
