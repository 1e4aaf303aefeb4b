import { setTimeout as sleep } from 'node:timers/promises';
import type { ChaosRun, Fault } from './chaos-run.ts';
import type { PlayedPool } from './played-pool.ts';

const PAUSES_MS = [300, 700, 1_000, 2_000, 5_000];
/** A node that stood still for less is nobody's to replace. */
const NO_TAKEOVER_BELOW_MS = 400;
/** What a node that was replaced has when it wakes, to let go of its rooms. */
const LETS_GO_WITHIN_MS = 250;
/** Everybody plays at the end for so long, so that what a late writer does is seen. */
const SETTLE_MS = 500;

export const pause: Fault = {
  usage: [
    'one of the nodes that have rooms stands still (SIGSTOP) for 0.3, 0.7, 1, 2 or 5 s, and wakes up (SIGCONT)',
    'while others may have its rooms',
  ],
  happened: 'a node stood still',
  inject: pauseOne,
};

async function pauseOne(played: PlayedPool): Promise<ChaosRun> {
  const pauseMs = played.pick(PAUSES_MS);
  await played.play();
  const { node, hit } = await played.victim();
  for (const pilot of hit) pilot.begin();
  node.child.pause();
  await sleep(pauseMs);
  const wokeMs = performance.now();
  const wokeTimeMs = Date.now();
  node.child.resume();
  await sleep(SETTLE_MS);
  await played.until(() => hit.every((pilot) => pilot.isShown(wokeMs + SETTLE_MS)));

  const passages = hit.map((pilot) => pilot.end(false));
  const broken = passages.flatMap((passage) => passage.broken);
  const takenOver = new Set(played.takeovers.map(({ roomId }) => roomId));
  if (pauseMs < NO_TAKEOVER_BELOW_MS) for (const roomId of takenOver) broken.push(`${roomId} was taken over`);
  const letGoMs: number[] = [];
  for (const { node: name, message, timeMs, fields } of played.lines) {
    if (name === node.name && message === LET_GO && takenOver.delete(fields['room'] as string))
      letGoMs.push(timeMs - wokeTimeMs);
  }
  for (const roomId of takenOver) broken.push(`${roomId}: ${node.name} woke up and does not let go of it`);
  for (const ms of letGoMs)
    if (ms > LETS_GO_WITHIN_MS) broken.push(`${node.name} let a room go ${ms} ms after it woke up`);
  broken.push(...(await played.broken()));
  return {
    what: `${node.name} stood still for ${pauseMs} ms`,
    backMs: passages.map(({ gap }) => gap.endMs),
    lostMs: played.lostMs(passages),
    figures: { 'rooms let go': letGoMs },
    broken,
  };
}

/** What a node says in its log when it lets go of a room. */
const LET_GO = 'room is another node’s by now';
