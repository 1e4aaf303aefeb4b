import { setTimeout as pause } from 'node:timers/promises';
import { type LocalPool, startPool } from '../../pool/local-pool.ts';
import type { NodeProcess } from '../../pool/node-process.ts';
import { Random } from '../../shared/arena/random.ts';
import { ArenaPilot } from '../arena-pilot.ts';
import type { ChaosOptions } from './options.ts';
import { type Takeover, takeoverOf } from './takeover-line.ts';
import { WatchedPilot } from './watched-pilot.ts';

const NODES = 3;
/** How long everybody may take to come back before it counts as never. */
const BACK_WITHIN_MS = 15_000;
/** Everybody plays at least so long between two faults; the moment of the fault is random within as much again. */
const PLAY_MS = 1_000;
/** How soon after the fault each room must be where it should be, and nowhere else. */
const TIDY_WITHIN_MS = 5_000;

export interface KillRun {
  /** Of those who played on the node: from the kill to the first state from another one, in milliseconds. */
  backMs: number[];
  /** Of each of its rooms: how much of its time the clients had seen that the next owner did not know, in milliseconds. */
  lostMs: number[];
  broken: string[];
}

export interface KillReport {
  seed: number;
  rooms: number;
  clients: number;
  runs: KillRun[];
}

/** @throws {PoolError} the pool does not start */
export async function kill(
  { runs, rooms, clients, seed }: ChaosOptions,
  progress: (line: string) => void,
): Promise<KillReport> {
  const takeovers: Takeover[] = [];
  const pool = await startPool({
    nodes: NODES,
    environment: { VELARIUM_LOG_LEVEL: 'info', NODE_ENV: 'production' },
    say: (line) => {
      const takeover = takeoverOf(line);
      if (takeover !== undefined) takeovers.push(takeover);
    },
  });
  const pilots: WatchedPilot[] = [];
  const random = new Random(seed);
  const report: KillReport = { seed, rooms, clients, runs: [] };
  try {
    for (let i = 0; i < rooms * clients; i++) pilots.push(await join(pool, pilots, i, clients));
    for (let run = 1; run <= runs; run++) {
      const done = await killOne(pool, pilots, random, rooms, takeovers);
      report.runs.push(done);
      const worst = Math.round(Math.max(0, ...done.backMs));
      progress(
        `run ${run}: ${done.backMs.length} clients back within ${worst} ms; ${done.broken.join('; ') || 'nothing broken'}`,
      );
    }
    return report;
  } finally {
    await Promise.allSettled(pilots.map(({ pilot }) => pilot.leave()));
    await pool.stop();
  }
}

async function join(
  pool: LocalPool,
  pilots: readonly WatchedPilot[],
  i: number,
  clients: number,
): Promise<WatchedPilot> {
  const opener = pilots[i - (i % clients)];
  const where = opener === undefined ? { create: true, bots: 0 } : { roomId: opener.pilot.room.roomId };
  return new WatchedPilot(await ArenaPilot.join({ endpoint: pool.url, name: `Chaos ${i}`, ...where }));
}

const unit = (random: Random): number => random.next() / 2 ** 32;

async function killOne(
  pool: LocalPool,
  pilots: readonly WatchedPilot[],
  random: Random,
  rooms: number,
  takeovers: Takeover[],
): Promise<KillRun> {
  await pause(PLAY_MS * (1 + unit(random)));
  const played = pool.nodes.filter(({ processId }) => pilots.some((pilot) => pilot.processId === processId));
  const victim = played[Math.floor(unit(random) * played.length)]!;
  const hit = pilots.filter(({ processId }) => processId === victim.processId);
  takeovers.length = 0;
  for (const pilot of hit) pilot.begin();
  victim.child.kill();
  const deadlineMs = performance.now() + BACK_WITHIN_MS;
  while (!hit.every(({ isSettled }) => isSettled) && performance.now() < deadlineMs) await pause(10);
  const passages = hit.map((pilot) => pilot.end());
  const broken = passages.flatMap((passage) => passage.broken);
  const node = await pool.replace(victim);
  const untidy = await tidied(pool, node, rooms);
  if (untidy !== undefined) broken.push(untidy);
  const lostMs = takeovers.map(({ roomId, elapsedMs }) => {
    const seen = passages.flatMap((passage) => (passage.roomId === roomId ? [passage.lostAtElapsedMs ?? 0] : []));
    return Math.max(0, Math.max(...seen) - elapsedMs);
  });
  return { backMs: passages.flatMap(({ backAfterMs }) => backAfterMs ?? []), lostMs, broken };
}

/** @returns what is wrong where the pool does not have exactly these rooms in time, each once */
async function tidied(pool: LocalPool, newest: NodeProcess, rooms: number): Promise<string | undefined> {
  const deadlineMs = performance.now() + TIDY_WITHIN_MS;
  for (;;) {
    const response = await fetch(`${newest.url}/admin/nodes`);
    const nodes = (await response.json()) as { processId: string; load: { rooms: number } }[];
    const running = nodes.reduce((sum, { load }) => sum + load.rooms, 0);
    if (running === rooms && nodes.length === pool.nodes.length) return undefined;
    if (performance.now() >= deadlineMs)
      return `${running} rooms run on ${nodes.length} nodes, not ${rooms} on ${NODES}`;
    await pause(50);
  }
}
