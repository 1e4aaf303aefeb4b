import { Redis } from 'ioredis';
import { keysOf } from '../soak/redis-inventory.ts';
import type { ChaosRun } from './chaos-run.ts';
import type { Holdings } from './node/insight.ts';
import type { PlayedPool } from './played-pool.ts';

/** What may be more or less at the end than at the beginning, in percent. */
const MOST_GROWTH_PERCENT = 5;
/** With fewer runs the beginning of a process is what one sees, which grows until it is warm. */
const JUDGED_FROM_RUNS = 40;
/** Of the runs, at the beginning: processes get warm. */
const WARM_UP_SHARE = 0.1;
/** Where there are few of something, one of them is more than so many percent. */
const ONE = 1;
const ANSWER_TIMEOUT_MS = 5_000;
/** Come and go with what a process happens to do at the moment. */
const FLEETING = new Set(['Immediate', 'FSReqCallback', 'FSReqPromise', 'CloseReq']);

export interface Growth {
  began: number;
  ended: number;
  percent: number;
}

/** What these nodes hold, all together, and what is in Redis; by name. */
export async function heldBy(urls: readonly string[], redisUri: string): Promise<Record<string, number>> {
  const held: Record<string, number> = { 'heap, MiB': 0, handles: 0, timers: 0 };
  for (const url of urls) {
    const answer = await fetch(`${url}/insight/holdings`, { signal: AbortSignal.timeout(ANSWER_TIMEOUT_MS) });
    const { heapBytes, handles } = (await answer.json()) as Holdings;
    held['heap, MiB']! += heapBytes / 1_048_576;
    for (const [kind, count] of Object.entries(handles)) {
      if (!FLEETING.has(kind)) held[kind === 'Timeout' ? 'timers' : 'handles']! += count;
    }
  }
  const redis = new Redis(redisUri);
  try {
    held['keys in Redis'] = (await keysOf(redis)).length;
    held['subscriptions'] = await subscriptionsOf(redis);
  } finally {
    redis.disconnect();
  }
  return held;
}

async function subscriptionsOf(redis: Redis): Promise<number> {
  const channels = (await redis.pubsub('CHANNELS')) as string[];
  const counts = (await redis.pubsub('NUMSUB', ...channels)) as (string | number)[];
  const patterns = (await redis.call('PUBSUB', 'NUMPAT')) as number;
  return counts.reduce<number>((sum, count, i) => (i % 2 === 1 ? sum + Number(count) : sum), patterns);
}

/** From the first quarter of the runs to the last, when the processes are warm. */
export function growthOf(runs: readonly Pick<ChaosRun, 'held'>[]): Record<string, Growth> {
  const all = runs.flatMap(({ held }) => (held === undefined ? [] : [held]));
  const samples = all.slice(Math.floor(all.length * WARM_UP_SHARE));
  const quarter = Math.ceil(samples.length / 4);
  return Object.fromEntries(
    Object.keys(samples[0] ?? {}).map((name) => {
      const values = samples.map((sample) => sample[name]!);
      const [began, ended] = [calm(values.slice(0, quarter)), calm(values.slice(-quarter))];
      return [name, { began, ended, percent: began === 0 ? 0 : (100 * (ended - began)) / began }];
    }),
  );
}

/** What grew, or shrank, by more than it may, where there were enough runs to say so. */
export function outgrown(growth: Readonly<Record<string, Growth>>, runs: number): string[] {
  if (runs < JUDGED_FROM_RUNS) return [];
  return Object.entries(growth).flatMap(([name, { began, ended, percent }]) =>
    Math.abs(percent) <= MOST_GROWTH_PERCENT || Math.abs(ended - began) <= ONE
      ? []
      : [`${name}: ${began.toFixed(1)} became ${ended.toFixed(1)}`],
  );
}

/** Of the nodes that are never killed. */
export const heldBySurvivors = ({ pool, redis }: PlayedPool): Promise<Record<string, number>> =>
  heldBy(
    pool.nodes.slice(0, -1).map(({ url }) => url),
    redis.uri,
  );

/** The lower quartile: what comes and goes with what a process happens to do is there in some runs, and a leak is in all. */
function calm(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 4)] ?? 0;
}
