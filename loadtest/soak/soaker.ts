import { setTimeout as pause } from 'node:timers/promises';
import type { Room } from 'colyseus.js';
import { connect } from '../../client/connect.ts';
import type { Socket } from '../../client/socket.ts';
import { TICK_RATE_HZ } from '../../shared/arena/rules.ts';
import type { Random } from '../../shared/arena/random.ts';
import type { BotPlan } from '../bots/bot.ts';
import { CountedSocket } from '../bots/counted-socket.ts';
import { RoomBot } from '../bots/room-bot.ts';
import { errorKind } from '../worker/error-kind.ts';

/** Nobody listens there: where a client ends up that is to stay away. */
const NOWHERE = 'ws://127.0.0.1:1/';
/** For how long one that stays away tries all the same. */
const AWAY_TRIES_MS = 500;
const BETWEEN_LIVES_MS = 1_000;

/** How a stay in a room ends. */
export type Ending = 'leave' | 'cut' | 'vanish';

/** What all bots together have done. */
export interface Deeds {
  joins: number;
  /** Left as one does. */
  left: number;
  /** Connections that were cut, and sessions that came back from that. */
  cuts: number;
  returns: number;
  /** Sessions that never came back: their seats are kept for a while. */
  vanished: number;
  inputs: number;
  updates: number;
  errors: Record<string, number>;
}

export const noDeeds = (): Deeds => ({
  joins: 0,
  left: 0,
  cuts: 0,
  returns: 0,
  vanished: 0,
  inputs: 0,
  updates: 0,
  errors: {},
});

export interface SoakerPlan {
  endpoint: string;
  name: string;
  /** One life in so many opens a room of its own. */
  opensOneIn: number;
  staySeconds: number;
  /** Percent of the stays that end so. */
  cut: number;
  vanish: number;
}

/** A bot that goes from room to room for as long as it may. */
export class Soaker {
  readonly #plan: SoakerPlan;
  readonly #random: Random;
  readonly #deeds: Deeds;

  constructor(plan: SoakerPlan, random: Random, deeds: Deeds) {
    this.#plan = plan;
    this.#random = random;
    this.#deeds = deeds;
  }

  /** Never rejects; ends within moments of `signal`, in no room. */
  async soak(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await this.#wait(this.#chance() * BETWEEN_LIVES_MS, signal);
      if (signal.aborted) return;
      await this.#live(signal).catch((error: unknown) => this.#count(`join: ${errorKind(error)}`));
    }
  }

  /** One stay in one room. @throws what joining throws */
  async #live(signal: AbortSignal): Promise<void> {
    const { endpoint, name, opensOneIn, staySeconds } = this.#plan;
    const ending = this.#ending();
    let isAway = false;
    let socket: CountedSocket | undefined;
    const room = (await connect(endpoint, {
      room: 'arena',
      create: this.#random.below(opensOneIn) === 0,
      join: { name },
      ...(ending === 'vanish' ? { reconnectForMs: AWAY_TRIES_MS } : {}),
      openSocket: (url, protocols, headers) => {
        socket = new CountedSocket(isAway ? NOWHERE : url, { protocols, headers });
        return socket as unknown as Socket;
      },
    })) as unknown as Room;
    this.#deeds.joins++;
    const ended = new Promise<void>((resolve) => room.onLeave(() => resolve()));
    const bot = new RoomBot(room, botPlan(endpoint, name), {
      onUpdate: () => this.#deeds.updates++,
      onError: (kind) => this.#failed(kind, ending),
      onEnd: () => {},
    });
    room.onReconnect(() => this.#deeds.returns++);
    let tick = this.#random.below(1_000);
    const playing = setInterval(() => {
      if (bot.send(tick++) > 0) this.#deeds.inputs++;
    }, 1_000 / TICK_RATE_HZ);
    try {
      // Of every length, most of them short: the times between events that come by chance.
      const stayMs = -Math.log(1 - this.#chance()) * staySeconds * 1_000;
      const parts = ending === 'cut' ? 2 : 1;
      for (let part = 0; part < parts; part++) {
        if (part > 0) {
          this.#deeds.cuts++;
          socket?.terminate();
        }
        await Promise.race([this.#wait(stayMs / parts, signal), ended]);
      }
      if (ending === 'vanish') {
        isAway = true;
        this.#deeds.vanished++;
        socket?.terminate();
        await ended;
      } else {
        await bot.leave();
        this.#deeds.left++;
      }
    } finally {
      clearInterval(playing);
      room.removeAllListeners();
    }
  }

  #ending(): Ending {
    const { cut, vanish } = this.#plan;
    const draw = this.#chance() * 100;
    return draw < cut ? 'cut' : draw < cut + vanish ? 'vanish' : 'leave';
  }

  /** That a connection which was cut is lost, and a client that stays away closed, is as it should be. */
  #failed(kind: string, ending: Ending): void {
    const expected = ending === 'leave' ? undefined : /^(connection lost|closed) /;
    if (expected?.test(kind) !== true) this.#count(kind);
  }

  #count(kind: string): void {
    this.#deeds.errors[kind] = (this.#deeds.errors[kind] ?? 0) + 1;
  }

  #chance(): number {
    return this.#random.next() / 2 ** 32;
  }

  async #wait(ms: number, signal: AbortSignal): Promise<void> {
    await pause(ms, undefined, { signal }).catch(() => {});
  }
}

const botPlan = (endpoint: string, name: string): BotPlan => ({
  endpoint,
  room: 'arena',
  roomId: undefined,
  name,
  decodes: true,
  predicts: false,
  lean: false,
  inputBytes: 1,
  tickRateHz: TICK_RATE_HZ,
});
