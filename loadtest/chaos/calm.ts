import { setTimeout as sleep } from 'node:timers/promises';
import type { ChaosRun, Fault } from './chaos-run.ts';
import type { PlayedPool } from './played-pool.ts';

/** What nodes say in their logs of what should not happen while all is well. */
const TOLD = {
  'room taken over': 'rooms taken over',
  'room is another node’s by now': 'rooms let go',
  'a server of the pool is gone: others take over its rooms': 'nodes held lost',
  'no heartbeat of this server was answered for too long: its rooms may be taken over':
    'nodes that stopped by themselves',
} as const;
/** All nodes live: what makes a run one in which something was broken. */
const NEEDLESS: readonly string[] = ['rooms taken over', 'rooms let go'];

export const calm: Fault = {
  usage: [
    'nothing, for some minutes (--minutes); best with --load: nobody may take a room over although all nodes live',
  ],
  happened: 'nothing happened',
  lastsMinutes: true,
  inject: playOn,
};

async function playOn(played: PlayedPool, forMs: number): Promise<ChaosRun> {
  const dropsBefore = dropsOf(played);
  played.takeLines();
  for (const pilot of played.pilots) pilot.begin();
  await sleep(forMs);
  const passages = played.pilots.map((pilot) => pilot.end(false));
  const counts: Record<string, number> = Object.fromEntries(Object.values(TOLD).map((name) => [name, 0]));
  const broken = [...passages.flatMap((passage) => passage.broken), ...(await played.broken())];
  const silentMs: number[] = [];
  for (const { message, fields } of played.takeLines()) {
    if (Object.hasOwn(TOLD, message)) counts[TOLD[message as keyof typeof TOLD]]! += 1;
    if (typeof fields['stillMs'] === 'number') silentMs.push(fields['stillMs']);
  }
  broken.push(...NEEDLESS.flatMap((name) => (counts[name] === 0 ? [] : [`${name}: ${counts[name]}`])));
  counts['connections lost'] = dropsOf(played) - dropsBefore;
  return {
    backMs: [],
    lostMs: [],
    figures: { 'longest gap of a client': passages.map(({ gap }) => gap.ms), 'silent when held lost': silentMs },
    counts,
    broken,
  };
}

const dropsOf = ({ pilots }: PlayedPool): number => pilots.reduce((sum, { drops }) => sum + drops, 0);
