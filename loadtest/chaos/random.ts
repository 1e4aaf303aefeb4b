import type { Fault } from './chaos-run.ts';
import { cutOne } from './cut.ts';
import { drainOne } from './drain.ts';
import { kill } from './kill.ts';
import { DIRECTIONS } from './link/fault-proxy.ts';
import type { LinkKind } from './link/links.ts';
import { pause } from './pause.ts';
import type { PlayedPool } from './played-pool.ts';
import { restartRedis } from './redis.ts';

const LINKS: readonly (readonly LinkKind[])[] = [['redis'], ['clients'], ['redis', 'clients']];
const WAYS = [DIRECTIONS, ['there'], ['back']] as const;

/** For how long something is wrong: one to five seconds. */
const whileMs = (played: PlayedPool): number => Math.round(1_000 + 4_000 * played.chance());

const MIX: readonly Fault['inject'][] = [
  (played) => kill.inject(played, 0),
  (played) => pause.inject(played, 0),
  (played) => drainOne(played),
  (played) => drainOne(played, Math.round(400 * played.chance())),
  (played) => cutOne(played, played.pick(LINKS), { forMs: whileMs(played), directions: played.pick(WAYS) }),
  (played) => restartRedis(played, { awayMs: whileMs(played), forgets: played.chance() < 0.5 }),
];

export const random: Fault = {
  usage: ['one of all these at a time, drawn by the seed, for one to five seconds'],
  happened: 'something went wrong',
  links: ['redis', 'clients'],
  keepsRedis: true,
  inject: (played) => played.pick(MIX)(played, 0),
};
