/**
 * What it costs to keep an arena of eight, and to bring it back: `node server/archive/archive.bench.ts`.
 * Each figure is the median of many; the encode of a tick, in the same run, is what to compare them with.
 */
import type { Client } from '@colyseus/core';
import { ClientState } from '@colyseus/core';
import type { Encoder } from '@colyseus/schema';
import { ArenaState, Pickup, Rock, Shot } from '../../shared/arena/state.ts';
import { stepWorld } from '../../shared/arena/step.ts';
import { World } from '../../shared/arena/world.ts';
import { BotSquad } from '../arena/bot-squad.ts';
import { LiveSerializer } from '../room/live-serializer.ts';
import type { SchemaClass } from './schema-storage.ts';
import { StateRecorder } from './state-recorder.ts';
import { StateReplay } from './state-replay.ts';

const SHIPS = 8;
const WARM_UP_TICKS = 2_000;
const TICKS = 6_000;
const DELTAS = 100;
/** As many as a node adopts at once when another one dies. */
const RESTORES = 300;

class Arena {
  readonly state = new ArenaState();
  readonly #world = new World(
    this.state,
    { shot: () => new Shot(), rock: () => new Rock(), pickup: () => new Pickup() },
    1,
  );
  readonly #bots = new BotSquad(this.#world, 2);

  step(): void {
    this.#bots.size = SHIPS;
    this.#bots.seat(this.state);
    this.#bots.fly(this.state);
    stepWorld(this.#world, (target, _, out) => {
      out.x = target.x;
      out.y = target.y;
    });
  }
}

class Serializer extends LiveSerializer<ArenaState> {
  get its(): Encoder {
    return this.encoder as unknown as Encoder;
  }
}

const median = (values: number[]): number => values.sort((a, b) => a - b)[values.length >> 1]!;
const us = (ms: number): string => `${(ms * 1_000).toFixed(1)} us`;
const timed = (into: number[], run: () => void): void => {
  const begin = performance.now();
  run();
  into.push(performance.now() - begin);
};

/** @param every ticks from one delta to the next */
function measure(every: number): void {
  const arena = new Arena();
  const serializer = new Serializer();
  serializer.reset(arena.state);
  const client = { state: ClientState.JOINED, ref: { framed: true }, raw: (_: Uint8Array) => {} } as unknown as Client;
  serializer.getFullState(client);
  const recorder = new StateRecorder(serializer.its, 'room');
  const times = { step: [] as number[], encode: [] as number[], delta: [] as number[], snapshot: [] as number[] };
  let bytes = 0;
  let deltas: Uint8Array[] = [];
  let snapshot = recorder.snapshot();
  let snapshotBytes = 0;
  for (let tick = 0; tick < WARM_UP_TICKS + TICKS; tick++) {
    if (tick === WARM_UP_TICKS) {
      for (const list of Object.values(times)) list.length = 0;
      bytes = snapshotBytes = 0;
    }
    timed(times.step, () => arena.step());
    timed(times.encode, () => void serializer.applyPatches([client]));
    if (tick % every !== 0) continue;
    timed(times.delta, () => {
      const delta = recorder.delta()?.slice();
      if (delta === undefined) return;
      bytes += delta.length;
      deltas.push(delta);
    });
    if (deltas.length < DELTAS || tick > WARM_UP_TICKS + TICKS - DELTAS * every) continue;
    timed(times.snapshot, () => (snapshot = recorder.snapshot()));
    snapshotBytes = snapshot.length;
    deltas = [];
  }
  deltas = deltas.slice(0, DELTAS);
  const restores: number[] = [];
  for (let i = 0; i < RESTORES; i++) {
    timed(restores, () => {
      const replay = new StateReplay(ArenaState as unknown as SchemaClass, 'room', snapshot);
      for (const delta of deltas) replay.apply(delta);
      const { state, settle } = replay.build();
      const again = new Serializer();
      again.reset(state as ArenaState);
      settle(again.its);
    });
  }
  const all = restores.reduce((sum, each) => sum + each, 0);
  const { ships, rocks, shots, pickups } = arena.state;
  const delta = median(times.delta);
  console.info(
    `a delta every ${every} ticks, ${ships.size} ships, ${rocks.size} rocks, ${shots.size} shots, ${pickups.size} pickups:\n` +
      `  step ${us(median(times.step))}, encode ${us(median(times.encode))} a tick\n` +
      `  delta ${us(delta)}, ${us(delta / every)} a tick; ${Math.round((bytes / TICKS) * every)} bytes, ` +
      `${Math.round((bytes / TICKS) * 60)} bytes/s at 60 Hz\n` +
      `  snapshot ${us(median(times.snapshot))}, ${snapshotBytes} bytes\n` +
      `  restored from a snapshot and ${deltas.length} deltas in ${us(median(restores))}, ${RESTORES} in ${Math.round(all)} ms`,
  );
}

measure(1);
measure(3);
