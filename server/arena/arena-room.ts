import { type Client, matchMaker, type Rewind } from '@colyseus/core';
import { type BestScore, MOST_BEST_SCORES } from '../../shared/arena/best-score.ts';
import { ArenaInput } from '../../shared/arena/input.ts';
import { rocksOption } from '../../shared/arena/rock-count.ts';
import { scatterRocks } from '../../shared/arena/rock.ts';
import { MAX_SHIPS, TICK_RATE_HZ } from '../../shared/arena/rules.ts';
import { ArenaState, Pickup, Rock, type Ship, Shot } from '../../shared/arena/state.ts';
import { stepWorld } from '../../shared/arena/step.ts';
import { World } from '../../shared/arena/world.ts';
import { LiveRoom } from '../room/live-room.ts';
import { bestScores } from './best-scores.ts';
import { botsOption } from './bot-count.ts';
import { BotSquad } from './bot-squad.ts';
import { LagCompensation, MAX_LAG_MS } from './lag-compensation.ts';
import { addShip } from './new-ship.ts';
import { pilotName } from './pilot-name.ts';
import { Pilots } from './pilots.ts';

/** What a client sends to create an arena or to join one; all of it optional, none of it trusted. */
export interface ArenaOptions {
  /** 0..15: bots that a lone visitor meets. Default 6. */
  bots?: unknown;
  /** 0..14: rocks that there are at least. Default 14. With 0 there are ships and nothing else. */
  rocks?: unknown;
  /** `true`: nobody can fire, so nothing is kept of where ships were. Default false. */
  unarmed?: unknown;
  /** Shown beside the ship; see `pilotName`. */
  name?: unknown;
  /** 0..15; given if nobody has it. */
  color?: unknown;
}

/** What an arena needs besides its state to be carried on by another machine. Shots in flight forget their lag. */
export interface ArenaMemory {
  bots: number;
  /** Not there in what older versions kept. */
  rocks?: number;
  /** Likewise. */
  armed?: boolean;
  botsJoined: number;
  pilotsJoined: number;
  tick: number;
  nextId: number;
  random: number;
}

const makers = { shot: () => new Shot(), rock: () => new Rock(), pickup: () => new Pickup() };
const NO_TARGETS: readonly (Ship | Rock)[] = [];

/**
 * The sample game: up to 16 ships, 60 ticks a second. The rules are in shared/arena; here is what belongs to a room:
 * who flies, whose input comes when, and what a gunner saw.
 */
export class ArenaRoom extends LiveRoom<{ state: ArenaState; input: ArenaInput }> {
  override maxClients = MAX_SHIPS;
  override publishStateMs = 1_000;
  override state = new ArenaState();
  /**
   * `best`: the client wants to be told the best scores of the pool, now and whenever they change. `node`: and the name of
   * the node that the room is on.
   */
  override messages = {
    best: (client: Client) => this.#watchBest(client),
    node: (client: Client) => client.send('node', matchMaker.processId),
  };
  override inputs = this.defineInput(ArenaInput, { sanitize: { turn: [-1, 1] } });

  #world = new World(this.state, makers, Math.floor(Math.random() * 2 ** 32));
  #bots = new BotSquad(this.#world, this.#world.random.next());
  #lag = new LagCompensation(this.#recordPast(), () => this.clock.elapsedTime);
  #pilots = new Pilots(this.#world, this.#lag, this.inputs);
  #pilotsJoined = 0;
  /** Ticks given up that the pilots are owed. */
  #lostTicks = 0;
  /** The list that the clients have. */
  #shownBest: readonly BestScore[] = [];
  /** Session ids of those that show it. */
  #bestWatchers = new Set<string>();

  override onCreate(options?: ArenaOptions): void {
    this.#bots.size = botsOption(options?.bots);
    this.#world.rockCount = rocksOption(options?.rocks);
    this.#world.armed = options?.unarmed !== true;
    scatterRocks(this.#world);
    this.#bots.seat(this.state);
    this.setFixedTimestep(() => this.#tick(), TICK_RATE_HZ);
  }

  override onJoin(client: Client, options?: ArenaOptions): void {
    this.#pilotsJoined += 1;
    const name = pilotName(options?.name, `Pilot ${this.#pilotsJoined}`);
    addShip(this.#world, this.state, client.sessionId, { bot: false, name, color: options?.color });
    this.#bots.seat(this.state);
  }

  override onReconnect(client: Client): void {
    if (this.#bestWatchers.has(client.sessionId)) this.#watchBest(client);
  }

  override onLeave(client: Client): void {
    this.state.ships.delete(client.sessionId);
    this.#bestWatchers.delete(client.sessionId);
    this.#pilots.leave(client.sessionId);
    this.#bots.seat(this.state);
  }

  override onDispose(): void {
    bestScores.remove(this.roomId);
  }

  override onCacheRoom(): ArenaMemory {
    const { tick, nextId, random, rockCount: rocks, armed } = this.#world;
    const { size: bots, joined: botsJoined } = this.#bots;
    return { bots, rocks, armed, botsJoined, pilotsJoined: this.#pilotsJoined, tick, nextId, random: random.state };
  }

  override onRestoreRoom(memory: ArenaMemory): void {
    this.#world.tables = this.state;
    this.#world.tick = memory.tick;
    this.#world.nextId = memory.nextId;
    this.#world.random.state = memory.random;
    this.#world.rockCount = rocksOption(memory.rocks);
    this.#world.armed = memory.armed ?? true;
    this.#bots.size = memory.bots;
    this.#bots.joined = memory.botsJoined;
    this.#pilotsJoined = memory.pilotsJoined;
    this.#pilots.stoodStill(this.state.ships);
  }

  #tick(): void {
    this.#world.tables = this.state; // another one, when the room took over a state
    this.#bots.fly(this.state);
    if (this.droppedTicks !== this.#lostTicks) this.#loseTicks();
    this.#pilots.fly(this.state.ships);
    stepWorld(this.#world, this.#lag.sight);
    if (this.#world.tick % TICK_RATE_HZ === 0) this.#tellBest();
  }

  #watchBest(client: Client): void {
    this.#bestWatchers.add(client.sessionId);
    client.send('best', bestScores.list);
  }

  /** Once a second: this room's best to the pool, and the pool's to the clients if they are others than before. */
  #tellBest(): void {
    const people: BestScore[] = [];
    for (const { bot, name, color, score } of this.state.ships.values()) {
      if (!bot && score > 0) people.push({ name, color, score });
    }
    people.sort((a, b) => b.score - a.score);
    bestScores.report(this.roomId, people.slice(0, MOST_BEST_SCORES));
    if (bestScores.list === this.#shownBest) return;
    this.#shownBest = bestScores.list;
    for (const client of this.clients) {
      if (this.#bestWatchers.has(client.sessionId)) client.send('best', this.#shownBest);
    }
  }

  #loseTicks(): void {
    const lost = this.droppedTicks - this.#lostTicks;
    if (lost > 0) this.#pilots.lose(lost);
    this.#lostTicks = this.droppedTicks;
  }

  /** The tables are looked up each time: a room that takes over another's state gets new ones. */
  #recordPast(): Rewind {
    const rewind = this.allowRewindState({ maxRewindMs: MAX_LAG_MS });
    const fields: readonly ('x' | 'y')[] = ['x', 'y'];
    rewind.attachAll({ values: () => this.#targets('ships') } as typeof this.state.ships, { fields });
    rewind.attachAll({ values: () => this.#targets('rocks') } as typeof this.state.rocks, { fields });
    return rewind;
  }

  #targets(table: 'ships' | 'rocks'): Iterator<Ship | Rock> {
    return this.#world.armed ? this.state[table].values() : NO_TARGETS.values();
  }
}
