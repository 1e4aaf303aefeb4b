import { setTimeout as sleep } from 'node:timers/promises';
import type { ChaosRun, Fault } from './chaos-run.ts';
import { type Direction, DIRECTIONS } from './link/fault-proxy.ts';
import type { LinkKind } from './link/links.ts';
import type { PlayedPool } from './played-pool.ts';

export interface Cut {
  forMs: number;
  directions: readonly Direction[];
}

/** In turn: all of them are done in nine runs. */
const CUTS: readonly Cut[] = [1_000, 5_000, 10_000].flatMap((forMs) =>
  [DIRECTIONS, ['there'] as const, ['back'] as const].map((directions) => ({ forMs, directions })),
);

const HOW = 'nothing gets through and nobody is told, in both directions or in one, for 1, 5 and 10 s in turn';

export const cutRedis = cutting(['redis'], 'one of the nodes that have rooms is cut off from Redis:');
export const cutClients = cutting(['clients'], 'one of them is cut off from its clients and the other nodes:');
export const cutBoth = cutting(['redis', 'clients'], 'one of them is cut off from Redis and from its clients:');

function cutting(links: readonly LinkKind[], whom: string): Fault {
  return {
    usage: [whom, HOW],
    happened: `a node was cut off (${links.join(' and ')})`,
    links,
    inject: (played) => cutOne(played, links, played.inTurn(CUTS)),
  };
}

/** Lets nothing through for a while, and then all of it. */
export async function cutOne(
  played: PlayedPool,
  links: readonly LinkKind[],
  { forMs, directions }: Cut,
): Promise<ChaosRun> {
  await played.play();
  const { node, hit } = await played.victim();
  for (const pilot of hit) pilot.begin();
  for (const kind of links) played.links.of(node.name, kind).hold(directions);
  await sleep(forMs);
  for (const kind of links) played.links.of(node.name, kind).release();
  const healedMs = performance.now();
  await played.until(() => hit.every((pilot) => pilot.isShown(healedMs)));
  const passages = hit.map((pilot) => pilot.end(false));
  const way = directions.length === 2 ? 'both ways' : directions[0] === 'there' ? 'one way' : 'the other way';
  return {
    what: `${node.name} was cut off from ${links.join(' and ')} ${way} for ${forMs} ms`,
    backMs: passages.map(({ gap }) => gap.endMs),
    lostMs: played.lostMs(passages),
    broken: [...passages.flatMap(({ broken }) => broken), ...(await played.broken())],
  };
}
