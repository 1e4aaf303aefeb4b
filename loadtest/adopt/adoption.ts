import { setTimeout as pause } from 'node:timers/promises';
import { connect } from '../../client/connect.ts';
import { type LocalPool, startPool } from '../../pool/local-pool.ts';
import type { NodeProcess } from '../../pool/node-process.ts';
import type { RoomInsight } from '../chaos/node/insight.ts';
import { type NodeLine, readNodeLine } from '../chaos/node-line.ts';
import { takeoverOf, tellsOfLoss } from '../chaos/takeover-line.ts';
import { type AdoptOptions, SHIPS } from './options.ts';

export const NODE_SCRIPT = 'loadtest/adopt/node/main.ts';
/** What plays at once while a node is filled: ships that bots fly cost little, clients far more. */
const BOT_ROOMS_AT_ONCE = 100;
const CLIENTS_AT_ONCE = 200;
/** How long it may take until all rooms are somewhere else. */
const TAKEN_WITHIN_MS = 30_000;
const LOOK_EVERY_MS = 10;
const ANSWER_TIMEOUT_MS = 30_000;
/** A question is a URL of that many room ids. */
const ROOMS_A_QUESTION = 100;

/** What became of the rooms of a node that was killed; milliseconds since then. */
export interface AdoptionRun {
  rooms: number;
  /** The first of the others found the node dead. */
  foundMs: number;
  /** The first room, half of them and the last one were taken over. */
  firstMs: number;
  halfMs: number;
  lastMs: number;
  /** At each of the others, then. */
  roomsOfOthers: number[];
  broken: string[];
}

type Crowd = Pick<AdoptOptions, 'nodes' | 'rooms' | 'clients' | 'playSeconds'>;

/** Fills a node of a pool of its own with rooms, kills it, and sees what the others do. @throws {PoolError} it does not start */
export async function runAdoption(crowd: Crowd, progress: (line: string) => void): Promise<AdoptionRun> {
  const lines: NodeLine[] = [];
  const pool = await startPool({
    nodes: crowd.nodes,
    script: NODE_SCRIPT,
    environment: {
      NODE_ENV: 'production',
      VELARIUM_LOG_LEVEL: 'info',
      VELARIUM_ADMIN_TOKEN: '',
      VELARIUM_ALLOW_MISSING_ORIGIN: '', // bots have none
    },
    say: (line) => {
      const read = readNodeLine(line);
      if (read !== undefined) lines.push(read);
    },
  });
  const leave: (() => Promise<unknown>)[] = [];
  try {
    const [victim, ...others] = pool.nodes as [NodeProcess, ...NodeProcess[]];
    const roomIds = await fill(pool, victim, crowd, leave, progress);
    lines.length = 0;
    const killedMs = Date.now(); // the clock that the nodes' logs have
    victim.child.kill();
    await until(() => taken(lines).length >= roomIds.length);
    return { ...timesOf(lines, killedMs), ...(await whereTheyAre(roomIds, others, lines)), rooms: roomIds.length };
  } finally {
    // Clients whose node was killed and that nobody took over would try for long.
    await Promise.race([Promise.allSettled(leave.map((go) => go())), pause(1_000)]);
    for (const { child } of pool.nodes) child.kill(); // rooms without number would be moved first
    await pool.stop();
  }
}

const taken = (lines: readonly NodeLine[]): NodeLine[] => lines.filter((line) => takeoverOf(line) !== undefined);

/** Some rooms at a time: all at once would be more than the machine can play. */
async function fill(
  pool: LocalPool,
  node: NodeProcess,
  { rooms, clients, playSeconds }: Crowd,
  leave: (() => Promise<unknown>)[],
  progress: (line: string) => void,
): Promise<string[]> {
  const roomIds: string[] = [];
  const atOnce = clients === 0 ? BOT_ROOMS_AT_ONCE : Math.ceil(CLIENTS_AT_ONCE / clients);
  while (roomIds.length < rooms) {
    const count = Math.min(atOnce, rooms - roomIds.length);
    const opened = (await tell(node, `rooms?count=${count}&bots=${SHIPS - clients}`)) as string[];
    roomIds.push(...opened);
    for (const roomId of opened) {
      for (let i = 0; i < clients; i++) {
        const room = await connect(pool.url, { room: 'arena', roomId, join: { name: `Bench ${i}` } });
        leave.push(() => room.leave());
      }
    }
    await pause(playSeconds * 1_000);
    await tell(node, 'rest');
    progress(`${roomIds.length} of ${rooms} rooms on ${node.name}`);
  }
  return roomIds;
}

async function tell({ url }: NodeProcess, what: string): Promise<unknown> {
  const answer = await fetch(`${url}/bench/${what}`, {
    method: 'POST',
    signal: AbortSignal.timeout(ANSWER_TIMEOUT_MS),
  });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`a node answers ${answer.status} to ${what}: ${text}`);
  return text === '' ? undefined : JSON.parse(text);
}

async function until(isSo: () => boolean): Promise<void> {
  const deadlineMs = performance.now() + TAKEN_WITHIN_MS;
  while (!isSo() && performance.now() < deadlineMs) await pause(LOOK_EVERY_MS);
}

function timesOf(
  lines: readonly NodeLine[],
  killedMs: number,
): Pick<AdoptionRun, 'foundMs' | 'firstMs' | 'halfMs' | 'lastMs'> {
  const since = (of: readonly NodeLine[]): number[] => of.map(({ timeMs }) => timeMs - killedMs).sort((a, b) => a - b);
  const found = since(lines.filter(tellsOfLoss));
  const times = since(taken(lines));
  const at = (all: readonly number[], i: number): number => all[i] ?? NaN;
  return {
    foundMs: at(found, 0),
    firstMs: at(times, 0),
    halfMs: at(times, times.length >> 1),
    lastMs: at(times, times.length - 1),
  };
}

/** Each room must run at one node and have been taken over once. */
async function whereTheyAre(
  roomIds: readonly string[],
  nodes: readonly NodeProcess[],
  lines: readonly NodeLine[],
): Promise<Pick<AdoptionRun, 'roomsOfOthers' | 'broken'>> {
  const found = await Promise.all(nodes.map((node) => runningAt(node, roomIds)));
  const takeovers = taken(lines).map((line) => takeoverOf(line)!.roomId);
  const broken = roomIds.flatMap((roomId) => {
    const running = found.filter((rooms) => rooms.has(roomId)).length;
    const times = takeovers.filter((each) => each === roomId).length;
    return running === 1 && times === 1
      ? []
      : [`room ${roomId} runs at ${running} nodes and was taken over ${times} times`];
  });
  return { roomsOfOthers: found.map((rooms) => rooms.size), broken };
}

async function runningAt({ url }: NodeProcess, roomIds: readonly string[]): Promise<Set<string>> {
  const running = new Set<string>();
  for (let i = 0; i < roomIds.length; i += ROOMS_A_QUESTION) {
    const query = new URLSearchParams(roomIds.slice(i, i + ROOMS_A_QUESTION).map((roomId) => ['room', roomId]));
    const answer = await fetch(`${url}/insight/rooms?${query}`, { signal: AbortSignal.timeout(ANSWER_TIMEOUT_MS) });
    for (const { roomId } of (await answer.json()) as RoomInsight[]) running.add(roomId);
  }
  return running;
}
