import { setTimeout as sleep } from 'node:timers/promises';
import { ArenaPilot } from '../arena-pilot.ts';
import type { ChaosRun, Fault } from './chaos-run.ts';
import type { PlayedPool } from './played-pool.ts';

/** In turn. */
const AWAY_MS = [300, 3_000, 10_000];
/** How soon after its return people can join. */
const JOINS_WITHIN_MS = 2_000;
/** Between two attempts to join. */
const JOIN_EVERY_MS = 100;
/** Rooms play on without Redis: nobody waits for an update for so long, and gives his connection up. */
const MOST_GAP_MS = 1_000;

const AWAY = 'Redis is killed (SIGKILL) under play and started again after 0.3, 3 and 10 s in turn,';

export const redisRestart: Fault = {
  usage: [AWAY, 'with its append-only file (on disk once a second)'],
  happened: 'Redis was killed and started again',
  keepsRedis: true,
  inject: (played) => restartRedis(played, { awayMs: played.inTurn(AWAY_MS), forgets: false }),
};

export const redisEmpty: Fault = {
  usage: [AWAY, 'empty'],
  happened: 'Redis was killed and started again empty',
  inject: (played) => restartRedis(played, { awayMs: played.inTurn(AWAY_MS), forgets: true }),
};

interface Restart {
  awayMs: number;
  /** Whether it comes back empty. */
  forgets: boolean;
}

export async function restartRedis(played: PlayedPool, { awayMs, forgets }: Restart): Promise<ChaosRun> {
  await played.play();
  const { pilots } = played;
  for (const pilot of pilots) pilot.begin();
  await played.redis.crash();
  played.witness.forgotten();
  await sleep(awayMs);
  await played.redis.startAgain({ forgets });
  const returnedMs = performance.now();
  const joinMs = await firstJoin(played);
  await played.until(() => pilots.every((pilot) => pilot.isShown(returnedMs)));
  const passages = pilots.map((pilot) => pilot.end(false));
  const gaps = passages.map(({ gap }) => gap.ms);
  const broken: string[] = [];
  if (!(joinMs <= JOINS_WITHIN_MS)) broken.push(`nobody could join ${JOINS_WITHIN_MS} ms after Redis was back`);
  const stalled = gaps.filter((ms) => ms > MOST_GAP_MS).length;
  if (stalled > 0) broken.push(`${stalled} clients saw nothing for ${Math.round(Math.max(...gaps))} ms`);
  return {
    what: `Redis was away for ${awayMs} ms${forgets ? ' and came back empty' : ''}`,
    backMs: [],
    lostMs: played.lostMs(passages),
    figures: { 'first join behind it': joinMs === Infinity ? [] : [joinMs], 'longest gap': gaps },
    broken: [...broken, ...(await played.broken())],
  };
}

/** @returns milliseconds until somebody could open a room; Infinity where nobody could */
async function firstJoin({ pool }: PlayedPool): Promise<number> {
  const beganMs = performance.now();
  while (performance.now() - beganMs < 2 * JOINS_WITHIN_MS) {
    try {
      const pilot = await ArenaPilot.join({ endpoint: pool.url, name: 'Late', create: true, bots: 0 });
      const joinMs = performance.now() - beganMs;
      await pilot.leave();
      return joinMs;
    } catch {
      await sleep(JOIN_EVERY_MS);
    }
  }
  return Infinity;
}
