import { setTimeout as sleep } from 'node:timers/promises';
import type { NodeProcess } from '../../pool/node-process.ts';
import type { ChaosRun, Fault } from './chaos-run.ts';
import type { PlayedPool } from './played-pool.ts';

/** The longest time between two states at any client, and of all clients but a hundredth. */
const LONGEST_GAP_MS = 250;
const GAP_MS = 100;
/** A node that is asked to end has its grace for it, and a moment. */
const ENDS_WITHIN_MS = 35_000;
/** Everybody plays between two nodes for so long. */
const SETTLE_MS = 500;

export const drain: Fault = {
  usage: [
    'all three nodes are restarted, one after the other: each is asked to end (SIGTERM), its rooms move, and another',
    'one is started in its place',
  ],
  happened: 'all nodes were restarted in turn',
  inject: restartAll,
};

async function restartAll(played: PlayedPool): Promise<ChaosRun> {
  const gapsMs: number[] = [];
  const broken: string[] = [];
  const endedMs: number[] = [];
  await played.play();
  const lostBefore = played.witness.inputsLost;
  for (const node of [...played.pool.nodes]) {
    for (const pilot of played.pilots) pilot.begin();
    const beganMs = performance.now();
    broken.push(...(await ended(node)));
    const nowMs = performance.now();
    endedMs.push(nowMs - beganMs);
    await played.until(() => played.pilots.every((pilot) => pilot.isShown(nowMs + SETTLE_MS)));
    const passages = played.pilots.map((pilot) => pilot.end(false));
    for (const { gap, roomId, broken: what } of passages) {
      gapsMs.push(gap.ms);
      broken.push(...what);
      if (gap.ms > LONGEST_GAP_MS) broken.push(`${roomId}: nothing was shown for ${Math.round(gap.ms)} ms`);
    }
    await played.pool.replace(node);
    broken.push(...(await played.broken()));
  }
  const late = gapsMs.filter((ms) => ms > GAP_MS).length;
  if (late > gapsMs.length / 100)
    broken.push(`${late} of ${gapsMs.length} clients were shown nothing for over ${GAP_MS} ms`);
  const inputs = played.witness.inputsLost - lostBefore;
  if (inputs > 0) broken.push(`the rooms never had ${inputs} of their clients' inputs`);
  return {
    backMs: [],
    lostMs: played.lostMs([]),
    figures: { 'longest gap of a client': gapsMs, 'node empty and ended': endedMs },
    broken,
  };
}

/**
 * One of the nodes that have rooms is asked to end, and another one started in its place.
 * @param killAfterMs it is killed so soon after it was asked, wherever it is with that; default not
 */
export async function drainOne(played: PlayedPool, killAfterMs?: number): Promise<ChaosRun> {
  await played.play();
  const { node, hit } = await played.victim();
  for (const pilot of hit) pilot.begin();
  let broken: string[] = [];
  if (killAfterMs === undefined) {
    broken = await ended(node);
  } else {
    node.child.askToEnd();
    await sleep(killAfterMs);
    node.child.kill();
  }
  await played.until(() => hit.every(({ isSettled }) => isSettled));
  const passages = hit.map((pilot) => pilot.end());
  await played.pool.replace(node);
  broken.push(...passages.flatMap((passage) => passage.broken), ...(await played.broken()));
  return {
    what: `${node.name} was asked to end${killAfterMs === undefined ? '' : `, and killed ${killAfterMs} ms later`}`,
    backMs: passages.flatMap(({ backAfterMs }) => backAfterMs ?? []),
    lostMs: played.lostMs(passages),
    broken,
  };
}

/** Asks the node to end. @returns what is wrong with how it did */
async function ended({ name, child }: NodeProcess): Promise<string[]> {
  const limit = new AbortController();
  const late = sleep(ENDS_WITHIN_MS, 'did not', { signal: limit.signal }).catch(() => 'did not');
  child.askToEnd();
  const how = await Promise.race([child.ended, late]);
  limit.abort();
  if (how === 'did not') child.kill();
  return how === 'exit code 0' ? [] : [`${name} ended with ${how}`];
}
