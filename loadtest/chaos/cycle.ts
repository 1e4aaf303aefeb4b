import { setTimeout as pause } from 'node:timers/promises';
import type { NodeProcess } from '../../pool/node-process.ts';
import type { ChaosRun, Fault } from './chaos-run.ts';
import { heldBySurvivors } from './holdings.ts';
import type { PlayedPool } from './played-pool.ts';

/** A node is known to the others when it has been so long in the pool, at most. */
const KNOWN_WITHIN_MS = 10_000;
const ASK_EVERY_MS = 100;

export const cycle: Fault = {
  usage: [
    'always the same of the nodes is killed, another one started in its place, and a third of the rooms moved there; the',
    'two others must hold no more at the end of many runs (40 at least) than at the beginning: within 5 %',
  ],
  happened: 'a node was killed and started again',
  inject: killAndFill,
};

async function killAndFill(played: PlayedPool): Promise<ChaosRun> {
  const node = played.pool.nodes.at(-1)!;
  await fill(played, node);
  await played.play();
  const owners = await played.witness.owners();
  const hit = played.pilots.filter(({ pilot }) => owners.get(pilot.room.roomId) === node.processId);
  for (const pilot of hit) pilot.begin();
  node.child.kill();
  await played.until(() => hit.every(({ isSettled }) => isSettled));
  const passages = hit.map((pilot) => pilot.end());
  await fill(played, await played.pool.replace(node));
  return {
    what: `${hit.length} clients were on ${node.name}`,
    backMs: passages.flatMap(({ backAfterMs }) => backAfterMs ?? []),
    lostMs: played.lostMs(passages),
    broken: [...passages.flatMap(({ broken }) => broken), ...(await played.broken())],
    held: await heldBySurvivors(played),
  };
}

/** Moves rooms to the node until it has a third of them. */
async function fill(played: PlayedPool, node: NodeProcess): Promise<void> {
  const owners = await played.witness.owners();
  const there = [...owners.values()].filter((owner) => owner === node.processId).length;
  const others = [...owners].filter(([, owner]) => owner !== node.processId);
  const wanted = Math.max(1, Math.floor(played.rooms / played.pool.nodes.length)) - there;
  for (const [roomId, owner] of others.slice(0, Math.max(0, wanted))) {
    const from = played.pool.nodes.find(({ processId }) => processId === owner)!;
    await move(from, roomId, node.processId);
  }
}

/** Again and again, until the node is known there. @throws it is not */
async function move({ url }: NodeProcess, roomId: string, to: string): Promise<void> {
  const deadlineMs = performance.now() + KNOWN_WITHIN_MS;
  for (;;) {
    const answer = await fetch(`${url}/admin/rooms/${roomId}/move?to=${to}`, { method: 'POST' });
    const text = await answer.text();
    if (answer.ok) return;
    if (performance.now() > deadlineMs) throw new Error(`room ${roomId} cannot be moved to ${to}: ${text}`);
    await pause(ASK_EVERY_MS);
  }
}
