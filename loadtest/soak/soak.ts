import { setTimeout as pause } from 'node:timers/promises';
import type { Redis } from 'ioredis';
import { Random } from '../../shared/arena/random.ts';
import type { SoakOptions } from './options.ts';
import { progressLine } from './soak-text.ts';
import { keysOf, listingRowsOf } from './redis-inventory.ts';
import type { SoakServer } from './soak-server.ts';
import { type Deeds, noDeeds, Soaker } from './soaker.ts';
import { growthOf, type Inventory, leftOver, type Sample } from './verdict.ts';

/** Play before the first inventory, so that what is made once is in it. */
const REHEARSAL_MS = 2_000;
/** What bots leave behind may last so long: a seat is kept for half a minute, and an HTTP connection for seconds. */
const QUIET_WITHIN_MS = 60_000;
/** The pool's own, by which nodes notice that Redis came back empty; there for good. */
const POOL_KEY = 'velarium:incarnation';
const LOOK_EVERY_MS = 500;
const MOST_WALKS = 5;
const BETWEEN_WALKS_MS = 2_000;

export interface SoakReport {
  minutes: number;
  bots: number;
  interrupted: boolean;
  deeds: Deeds;
  samples: Sample[];
  /** Percent, after the settling time. */
  heapGrowth: number;
  residentGrowth: number;
  before: Inventory;
  after: Inventory;
  /** What is left of the bots, with the node running. */
  left: string[];
  /** Keys in Redis when the node has ended. */
  keysAfterEnd: string[];
  /** The node ended by itself when it was told to. */
  endedWell: boolean;
}

export interface SoakWorld {
  server: SoakServer;
  redis: Redis;
  signal: AbortSignal;
  progress(line: string): void;
}

/** @throws {LoadTestError} the server ended */
export async function soak(options: SoakOptions, world: SoakWorld): Promise<SoakReport> {
  const { server, redis, signal, progress } = world;
  const bots = options.rooms * options.clients;
  const deeds = noDeeds();

  const untouched = await visibleInventory(world);
  // Nobody's seat is to be kept when the inventory is made.
  await withBots({ ...options, vanish: 0 }, world, noDeeds(), () => wait(REHEARSAL_MS, signal));
  // What is made once and kept, such as caches, is made by now.
  const { heapBytes, objects } = await quietInventory(world, untouched, signal);
  const before: Inventory = { ...untouched, heapBytes, objects };

  const samples: Sample[] = [];
  await withBots(options, world, deeds, async () => {
    const startMs = performance.now();
    const minute = (): number => (performance.now() - startMs) / 60_000;
    while (minute() < options.minutes && !signal.aborted) {
      await wait(Math.min(options.everySeconds * 1_000, (options.minutes - minute()) * 60_000), signal);
      const { heapBytes, residentBytes } = await server.holdings('memory');
      const sample = { minute: minute(), heapBytes, residentBytes };
      samples.push(sample);
      progress(progressLine(sample, deeds, await listingRowsOf(redis)));
    }
  });

  progress('the bots have left; waiting for what they leave behind to go');
  const after = await quietInventory(world, before, new AbortController().signal);
  const settled = samples.filter(({ minute }) => minute >= options.settleMinutes);
  const endedWell = await server.stop();
  return {
    minutes: samples.at(-1)?.minute ?? 0,
    bots,
    interrupted: signal.aborted,
    deeds,
    samples,
    heapGrowth: growthOf(settled, 'heapBytes'),
    residentGrowth: growthOf(settled, 'residentBytes'),
    before,
    after,
    left: leftOver(before, after),
    keysAfterEnd: (await keysOf(redis)).filter((key) => key !== POOL_KEY),
    endedWell,
  };
}

/** Bots live while `during` lasts; when this resolves they are in no room. */
async function withBots(
  options: SoakOptions,
  { server, signal }: SoakWorld,
  deeds: Deeds,
  during: () => Promise<void>,
): Promise<void> {
  const { staySeconds, cut, vanish, clients: opensOneIn } = options;
  const end = new AbortController();
  const count = options.rooms * options.clients;
  const bots = Array.from({ length: count }, async (_, i) => {
    const plan = { endpoint: server.endpoint, name: `Bot ${i + 1}`, opensOneIn, staySeconds, cut, vanish };
    await new Soaker(plan, new Random(options.seed + i), deeds).soak(AbortSignal.any([end.signal, signal]));
  });
  try {
    await during();
  } finally {
    end.abort();
    await Promise.all(bots);
  }
}

/** What can be seen without looking through the heap. */
async function visibleInventory({ server, redis }: SoakWorld): Promise<Inventory> {
  const keys = await keysOf(redis);
  const listingRows = await listingRowsOf(redis);
  const { heapBytes, objects } = await server.holdings('memory');
  return { heapBytes, keys, listingRows, objects };
}

async function wholeInventory(world: SoakWorld): Promise<Inventory> {
  const visible = await visibleInventory(world);
  const { heapBytes, objects } = await world.server.holdings('objects');
  return { ...visible, heapBytes, objects };
}

/**
 * Waits until the bots have left no trace in Redis and no connection at the node, or there is no more time for it. That
 * is looked for first, and the heap only then: a walk through it holds the node up for a second.
 */
async function quietInventory(world: SoakWorld, before: Inventory, signal: AbortSignal): Promise<Inventory> {
  const deadlineMs = performance.now() + QUIET_WITHIN_MS;
  const isOver = (): boolean => performance.now() > deadlineMs || signal.aborted;
  for (;;) {
    if (leftOver(before, await visibleInventory(world)).length === 0 || isOver()) break;
    await wait(LOOK_EVERY_MS, signal);
  }
  for (let look = 1; ; look++) {
    const now = await wholeInventory(world);
    if (look === MOST_WALKS || leftOver(before, now).length === 0 || isOver()) return now;
    await wait(BETWEEN_WALKS_MS, signal);
  }
}

async function wait(ms: number, signal: AbortSignal): Promise<void> {
  await pause(ms, undefined, { signal }).catch(() => {});
}
