import { setTimeout as sleep } from 'node:timers/promises';
import type { ChaosRun, Fault } from './chaos-run.ts';
import type { PlayedPool } from './played-pool.ts';

export const kill: Fault = {
  usage: ['one of the nodes that have rooms is killed (SIGKILL), and another one started in its place'],
  happened: 'a node was killed',
  inject: killOne,
};

/** A room that was taken over and ran for so long is not what killed its node. Who kills sooner is taken for a room that does. */
const SOUND_AFTER_MS = 3_000;

async function killOne(played: PlayedPool): Promise<ChaosRun> {
  await sleep(Math.max(0, played.soundAtMs - performance.now()));
  await played.play();
  const { node, hit } = await played.victim();
  for (const pilot of hit) pilot.begin();
  node.child.kill();
  await played.until(() => hit.every(({ isSettled }) => isSettled));
  played.soundAtMs = performance.now() + SOUND_AFTER_MS;
  const passages = hit.map((pilot) => pilot.end());
  await played.pool.replace(node);
  return {
    what: `${node.name} was killed`,
    backMs: passages.flatMap(({ backAfterMs }) => backAfterMs ?? []),
    lostMs: played.lostMs(passages),
    broken: [...passages.flatMap(({ broken }) => broken), ...(await played.broken())],
  };
}
