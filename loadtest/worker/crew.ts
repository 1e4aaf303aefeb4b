import { setTimeout as pause } from 'node:timers/promises';
import type { BotEvents, BotPlan } from '../bots/bot.ts';
import { JOIN } from '../bots/join.ts';
import { TimeHistogram } from '../histogram.ts';
import { errorKind } from './error-kind.ts';
import type { FromWorker, Joins, ToWorker, WorkerPlan } from './messages.ts';
import { Metronome } from './metronome.ts';
import { Player, type Records } from './player.ts';
import { Recorder } from './recorder.ts';

/** Rooms that fill at the same time. */
const JOINING_ROOMS = 4;
/** Joins that may fail one after the other, from the first on, before the rest is not tried. */
const MOST_FAILED_FIRST = 8;
/** A join that takes longer has failed. */
const JOIN_TIMEOUT_MS = 15_000;
/** How long answers to the last inputs are waited for. */
const LAST_ANSWERS_MS = 1_000;
/** Longer than any warm-up. */
const REHEARSAL_SECONDS = 1e9;
/** How long leaving may take. */
const LEAVE_MS = 2_000;

const clock = {
  now: () => performance.now(),
  setTimeout: (callback: () => void, delayMs: number) => setTimeout(callback, delayMs),
  clearTimeout: (handle: unknown) => clearTimeout(handle as NodeJS.Timeout),
};

/** The bots of one process: they join, play their schedule, are measured, and leave. */
export class Crew implements Records {
  readonly #send: (message: FromWorker) => void;
  readonly #players: Player[] = [];
  readonly #joinTimes = new TimeHistogram();
  readonly #joinErrors: Record<string, number> = {};
  #plan!: WorkerPlan;
  #metronome: Metronome<Player> | undefined;
  /** What hears of everything: the measurement, or before it one that is thrown away. */
  #recorder: Recorder | undefined;
  #measurement: Recorder | undefined;
  #stopped = false;
  #finished = false;

  constructor(send: (message: FromWorker) => void, onMessage: (listener: (message: ToWorker) => void) => void) {
    this.#send = send;
    onMessage((message) => void this.#receive(message));
  }

  async #receive(message: ToWorker): Promise<void> {
    switch (message.kind) {
      case 'plan':
        return this.#join(message.plan);
      case 'measure':
        return this.#measure(message.startsAtMs - performance.timeOrigin, message.seconds);
      case 'stop':
        return this.#stop();
      case 'leave':
        await Promise.race([Promise.allSettled(this.#players.map((player) => player.leave())), pause(LEAVE_MS)]);
        process.exit(0);
    }
  }

  async #join(plan: WorkerPlan): Promise<void> {
    this.#plan = plan;
    this.#metronome = new Metronome(
      clock,
      plan.tickRateHz,
      (player, dueMs) => player.play(dueMs, performance.now()),
      (latenessMs, nowMs) => this.#recorder?.woke(latenessMs, nowMs),
    );
    const progress = setInterval(() => this.#send({ kind: 'joining', joined: this.#players.length }), 500);
    const startMs = performance.now();
    const rooms = plan.rooms.map((clients, room) => ({ clients, room, first: sum(plan.rooms.slice(0, room)) }));
    const fill = async (): Promise<void> => {
      for (let next = rooms.shift(); next !== undefined; next = rooms.shift()) {
        await this.#fillRoom(next.first, next.clients, startMs);
      }
    };
    await Promise.all(Array.from({ length: JOINING_ROOMS }, fill));
    clearInterval(progress);
    const joins: Joins = {
      joined: this.#players.length,
      times: this.#joinTimes.encode(),
      tookMs: performance.now() - startMs,
    };
    this.#send({ kind: 'joined', joins, errors: this.#joinErrors });
  }

  async #fillRoom(first: number, clients: number, startMs: number): Promise<void> {
    let roomId: string | undefined;
    for (let i = 0; i < clients; i++) {
      if (this.#stopped || this.#hopeless()) return;
      const dueMs = startMs + (first + i) * this.#plan.delayMs;
      if (dueMs > performance.now()) await pause(dueMs - performance.now());
      const fromMs = this.#plan.delayMs > 0 && roomId !== undefined ? dueMs : performance.now();
      roomId = (await this.#joinOne(first + i, i, roomId, fromMs)) ?? roomId;
    }
  }

  async #joinOne(
    index: number,
    inRoom: number,
    roomId: string | undefined,
    fromMs: number,
  ): Promise<string | undefined> {
    const { contender, endpoint, room, firstBot, decode, predict, lean, inputBytes, tickRateHz } = this.#plan;
    const number = firstBot + index;
    const plan: BotPlan = {
      endpoint,
      room,
      roomId,
      name: `Bot ${number + 1}`,
      decodes: decode === 'all' || (decode === 'one' && inRoom === 0),
      predicts: predict,
      lean,
      inputBytes,
      tickRateHz,
    };
    let player: Player | undefined;
    const events: BotEvents = {
      onUpdate: () => {
        if (player === undefined) return;
        const nowMs = performance.now();
        player.updated(nowMs);
        if (this.#recorder?.isMeasured(nowMs) === true) player.updates++;
      },
      onError: (kind) => {
        this.error(kind);
        if (player !== undefined) player.stayed = player.isBack = false;
      },
      onEnd: () => {
        if (player !== undefined) player.ended = true;
      },
    };
    try {
      const bot = await inTime(JOIN[contender](plan, events));
      const nowMs = performance.now();
      this.#joinTimes.record(nowMs - fromMs);
      player = new Player(bot, this, number * 37, nowMs);
      this.#players.push(player);
      this.#metronome!.add(player);
      return bot.roomId;
    } catch (error) {
      const kind = `join: ${errorKind(error)}`;
      this.#joinErrors[kind] = (this.#joinErrors[kind] ?? 0) + 1;
      return undefined;
    }
  }

  #hopeless(): boolean {
    return this.#players.length === 0 && sum(Object.values(this.#joinErrors)) >= MOST_FAILED_FIRST;
  }

  async #measure(startMs: number, seconds: number): Promise<void> {
    const playing = () => this.#players.filter(({ ended }) => !ended).length;
    const recorder = new Recorder(startMs, seconds, playing, (second, errors) =>
      this.#send({ kind: 'second', second, errors }),
    );
    // Warm-up is of the generator too: measuring is code that must have run before, or it is late when it begins.
    if (!this.#stopped) this.#recorder = new Recorder(performance.now(), REHEARSAL_SECONDS, playing, () => {});
    if (startMs > performance.now()) await pause(startMs - performance.now());
    if (this.#stopped) return;
    for (const player of this.#players) {
      player.stayed = !player.ended;
      player.updates = 0;
    }
    this.#measurement = this.#recorder = recorder;
    await pause(Math.max(0, recorder.endMs - performance.now()));
    await this.#finish();
  }

  async #stop(): Promise<void> {
    this.#stopped = true;
    if (this.#measurement !== undefined) {
      this.#measurement.endMs = Math.min(this.#measurement.endMs, performance.now());
    }
    await this.#finish();
  }

  async #finish(): Promise<void> {
    if (this.#finished) return;
    this.#finished = true;
    const recorder = this.#measurement;
    recorder?.stopTraffic();
    if (recorder !== undefined) await pause(LAST_ANSWERS_MS);
    const nowMs = performance.now();
    if (recorder !== undefined) for (const player of this.#players) player.settle(nowMs);
    recorder?.finish();
    this.#send({
      kind: 'result',
      result: {
        measuredMs: recorder === undefined ? 0 : Math.max(0, recorder.endMs - recorder.startMs),
        fewestUpdates: this.#players.reduce((fewest, { updates }) => Math.min(fewest, updates), Infinity),
        stayed: this.#players.filter((player) => this.#hasStayed(player)).length,
        unanswered: recorder?.unansweredInputs ?? 0,
        returns: (recorder?.returns ?? new TimeHistogram()).encode(),
      },
      errors: { ...recorder?.errors },
    });
  }

  #hasStayed({ stayed, isBack, ended }: Player): boolean {
    return stayed || (this.#plan.forgives && isBack && !ended);
  }

  roundTrip(dueMs: number, answeredMs: number): void {
    this.#recorder?.roundTrip(dueMs, answeredMs);
  }
  unanswered(dueMs: number, nowMs: number): void {
    this.#recorder?.unanswered(dueMs, nowMs);
  }
  gap(fromMs: number, toMs: number): void {
    this.#recorder?.gap(fromMs, toMs);
  }
  update(nowMs: number): void {
    this.#recorder?.update(nowMs);
  }
  returned(fromMs: number, toMs: number): void {
    this.#recorder?.returned(fromMs, toMs);
  }
  error(kind: string): void {
    this.#recorder?.error(kind);
  }
}

const sum = (numbers: readonly number[]): number => numbers.reduce((total, number) => total + number, 0);

async function inTime<T>(join: Promise<T>): Promise<T> {
  const abort = new AbortController();
  const late = pause(JOIN_TIMEOUT_MS, undefined, { signal: abort.signal }).then(() => {
    throw Object.assign(new Error('not answered in time'), { code: 'timeout' });
  });
  try {
    return await Promise.race([join, late]);
  } finally {
    abort.abort();
    late.catch(() => {});
  }
}
