import type { RoomKeepers } from '../keeper/room-keepers.ts';
import { keepSeat } from '../room/colyseus-internals.ts';
import type { LoopClock } from '../room/tick-loop.ts';
import type { Ownership, RoomStore } from '../store/room-store.ts';
import type { MoveChannel, MoveHead, MoveMessage } from './move-channel.ts';

/** Rooms that are ready to be taken over at once; more are refused. */
const MOST_PREPARED = 32;
/** How often a room that is ready is looked after, in case that nobody says what became of it. */
const LOOK_EVERY_MS = 500;
/** A room is ready for so long. Then it stays where it is. */
const READY_FOR_MS = 10_000;

export interface MoveTargetOptions {
  keepers: RoomKeepers;
  store: RoomStore;
  channel: MoveChannel;
  /** Under which this node owns rooms. */
  node(): string;
  /** Where clients reach this node; empty where they have no way of their own to it. */
  address: string;
  /** Whether this node takes rooms. */
  takesRooms(): boolean;
  /** Of the fence, see Fence.guard. */
  term(): number;
  /** It was claimed for this node and cannot be played here: somebody else is to have it. */
  release(owner: Ownership): Promise<void>;
  failed(roomId: string, error: unknown): void;
  clock: LoopClock;
}

interface Prepared {
  prepare: MoveMessage & { kind: 'prepare' };
  term: number;
  sinceMs: number;
  timer: unknown;
}

/** Takes in the rooms that other nodes move to this one. */
export class MoveTarget {
  readonly #options: MoveTargetOptions;
  readonly #prepared = new Map<string, Prepared>();
  #stopped = false;

  constructor(options: MoveTargetOptions) {
    this.#options = options;
  }

  hear(message: MoveMessage): void {
    if (this.#stopped) return;
    const { roomId, moveId } = message;
    if (message.kind === 'prepare') return void this.#prepare(message);
    if (message.kind === 'yours') return void this.#take(message);
    if (message.kind === 'seat') return void this.#seat(message);
    const isOurs = this.#prepared.get(roomId)?.prepare.moveId === moveId;
    if (message.kind === 'stays' && isOurs) this.#giveUp(roomId, 'it stays where it is');
  }

  stop(): void {
    this.#stopped = true;
    for (const roomId of [...this.#prepared.keys()]) this.#giveUp(roomId, 'this node ends');
  }

  /** Never rejects. */
  async #prepare(prepare: Prepared['prepare']): Promise<void> {
    const { keepers, clock, takesRooms, term } = this.#options;
    const { roomId } = prepare;
    if (this.#prepared.has(roomId) || !takesRooms() || this.#prepared.size >= MOST_PREPARED) {
      return this.#answer(prepare, { kind: 'refused', why: 'the other node takes no rooms now' });
    }
    const prepared: Prepared = { prepare, term: term(), sinceMs: clock.now(), timer: undefined };
    this.#prepared.set(roomId, prepared);
    try {
      await keepers.prepare(roomId);
    } catch (error) {
      if (this.#prepared.get(roomId) === prepared) this.#prepared.delete(roomId);
      return this.#answer(prepare, { kind: 'refused', why: (error as Error).message.slice(0, 200) });
    }
    if (this.#prepared.get(roomId) !== prepared) return; // it was given up meanwhile
    this.#lookSoon(prepared);
    this.#answer(prepare, { kind: 'ready', node: this.#options.node(), address: this.#options.address });
  }

  /** Never rejects. */
  async #take({ roomId, node, token, epoch, home, ...head }: MoveMessage & { kind: 'yours' }): Promise<void> {
    const prepared = this.#forget(roomId);
    // Nobody knows how that came about, where nothing was prepared: then the store is asked before the room goes on.
    const isRunning = await this.#adopt({ roomId, node, token, epoch, home }, prepared?.term ?? -1);
    if (isRunning) this.#answer({ ...head, roomId }, { kind: 'runs' });
  }

  /** Never rejects. */
  async #adopt(owner: Ownership, term: number): Promise<boolean> {
    const { keepers, release, failed } = this.#options;
    try {
      await keepers.adopt(owner.roomId, owner, term);
      return true;
    } catch (error) {
      failed(owner.roomId, error);
      await release(owner).catch(() => {}); // it is found with the next sweep
      return false;
    }
  }

  /** Never rejects. */
  async #seat({ roomId, sessionId, options, auth }: MoveMessage & { kind: 'seat' }): Promise<void> {
    await this.#options.keepers.transit(roomId)?.settled;
    const room = this.#options.keepers.keeperOf(roomId)?.room;
    if (room === undefined) return;
    try {
      await keepSeat(room, { sessionId, options: readJson(options), auth: readJson(auth) });
    } catch (error) {
      this.#options.failed(roomId, error);
    }
  }

  /** What was said may have been lost, and who said it may be dead: the store knows whose the room is. */
  async #look(prepared: Prepared): Promise<void> {
    const { store, clock, node } = this.#options;
    const { roomId } = prepared.prepare;
    const isPrepared = (): boolean => this.#prepared.get(roomId) === prepared;
    try {
      const owner = await store.owner(roomId);
      if (!isPrepared()) return;
      if (owner?.node === node()) {
        const claim = await store.claim(roomId, { node: node() }, { node: node(), epoch: owner.epoch });
        if (!isPrepared()) return;
        this.#forget(roomId);
        if (claim.won) await this.#adopt(claim.owner, prepared.term);
        return;
      }
      if (owner?.node !== prepared.prepare.node) return this.#giveUp(roomId, 'it is somebody else’s');
    } catch {
      // Nobody can tell now.
    }
    if (clock.now() - prepared.sinceMs >= READY_FOR_MS) this.#giveUp(roomId, 'nobody says what becomes of it');
    else if (isPrepared()) this.#lookSoon(prepared);
  }

  #lookSoon(prepared: Prepared): void {
    prepared.timer = this.#options.clock.setTimeout(() => void this.#look(prepared), LOOK_EVERY_MS);
  }

  #giveUp(roomId: string, why: string): void {
    this.#forget(roomId);
    this.#options.keepers.unprepare(roomId, why);
  }

  #forget(roomId: string): Prepared | undefined {
    const prepared = this.#prepared.get(roomId);
    this.#options.clock.clearTimeout(prepared?.timer);
    this.#prepared.delete(roomId);
    return prepared;
  }

  #answer({ from, to, moveId, roomId }: MoveHead, answer: Answer): void {
    this.#options.channel.send({ to: from, from: to, moveId, roomId, ...answer } as MoveMessage);
  }
}

type Answer = { kind: 'ready'; node: string; address: string } | { kind: 'refused'; why: string } | { kind: 'runs' };

const readJson = (text: string): unknown => (text === '' ? undefined : (JSON.parse(text) as unknown));
