import { calm } from './calm.ts';
import type { Fault } from './chaos-run.ts';
import { cutBoth, cutClients, cutRedis } from './cut.ts';
import { cycle } from './cycle.ts';
import { drain } from './drain.ts';
import { kill } from './kill.ts';
import { pause } from './pause.ts';
import { random } from './random.ts';
import { redisEmpty, redisRestart } from './redis.ts';

/** What can happen, by the name that the command line has for it. */
export const FAULTS: Readonly<Record<string, Fault>> = {
  kill,
  cycle,
  drain,
  pause,
  'cut-redis': cutRedis,
  'cut-clients': cutClients,
  'cut-both': cutBoth,
  'redis-restart': redisRestart,
  'redis-empty': redisEmpty,
  random,
  calm,
};
