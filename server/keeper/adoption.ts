import { matchMaker } from '@colyseus/core';
import { ArchiveError } from '../archive/archive-error.ts';
import { announceJoin, listingOf } from '../room/colyseus-internals.ts';
import type { LiveRoom } from '../room/live-room.ts';
import { type RoomSession, RoomSessions } from '../session/room-sessions.ts';
import type { Ownership, RoomStore } from '../store/room-store.ts';
import { silence } from './let-go.ts';
import { loadBefore, loadRoom, putAside } from './load-room.ts';
import { type KeptRoom, rehearse } from './restore-room.ts';

/** That this node has the room by now. */
export interface Claim {
  owner: Ownership;
  /** Of the fence when the room was asked for. */
  term: number;
}

export interface AdoptionOptions {
  roomId: string;
  store: RoomStore;
  /** Puts what was kept into the room, and has it kept here. */
  restore(room: LiveRoom, kept: KeptRoom, claim: Claim): RoomSession[];
  /** Gets the process used to what {@link restore} will do, while `isIdle` says that nobody waits for it. Never rejects. */
  warmUp(room: LiveRoom, kept: KeptRoom, isIdle: () => boolean): Promise<void>;
}

/**
 * A room that is made anew from what another node kept of it. The room is there, as its `onCreate` made it, before the
 * node that has it lets go, so that little is left to do then; nobody can join it, and nothing of it is simulated, before
 * it was claimed for this node.
 */
export class Adoption {
  readonly roomId: string;
  /** Resolves when the room runs here. Rejects when it will not. */
  readonly done: Promise<void>;
  /** Resolves when all is ready for the claim. Rejects as {@link done}. */
  readonly ready: Promise<void>;
  readonly #options: AdoptionOptions;
  readonly #claim = Promise.withResolvers<Claim>();
  readonly #ready = Promise.withResolvers<void>();
  #room: LiveRoom | undefined;
  #kept: KeptRoom | undefined;
  #isClaimed = false;
  #sessions: readonly RoomSession[] = [];

  /** @param claim undefined where the room is another node's still, see {@link claimed} */
  constructor(options: AdoptionOptions, claim?: Claim) {
    this.#options = options;
    this.roomId = options.roomId;
    this.#claim.promise.catch(() => {}); // who waits for it hears of it
    if (claim !== undefined) this.claimed(claim);
    this.done = this.#make(claim?.owner);
    this.ready = Promise.race([this.#ready.promise, this.done]);
    this.ready.catch(() => {});
  }

  /** As far as it is made. */
  get room(): LiveRoom | undefined {
    return this.#room;
  }

  get isClaimed(): boolean {
    return this.#isClaimed;
  }

  /** What was known of the room last. */
  get kept(): KeptRoom | undefined {
    return this.#kept;
  }

  claimed(claim: Claim): void {
    this.#isClaimed = true;
    this.#claim.resolve(claim);
  }

  /** The room stays where it is: what was made of it here goes. Nothing where it was claimed. */
  giveUp(why: string): void {
    this.#claim.reject(new Error(why));
  }

  /** In front of the room's own `onCreate`. */
  began(room: LiveRoom): void {
    this.#room = room;
    room.beginRestored();
    room.pauseTicks();
    const onCreate = room.onCreate?.bind(room) as ((options: unknown) => unknown) | undefined;
    room.onCreate = (options: unknown) => this.#created(room, () => onCreate?.(options));
  }

  async #make(owner: Ownership | undefined): Promise<void> {
    const { roomId } = this;
    this.#kept = await loadRoom(this.#options.store, roomId, owner);
    const { name, options } = this.#kept.record;
    const { processId } = await matchMaker.handleCreateRoom(name, options, undefined, roomId);
    if (processId !== matchMaker.processId) throw new Error(`room ${roomId} is listed as another node's`);
    for (const { client } of this.#sessions) announceJoin(this.#room!, client);
  }

  async #created(room: LiveRoom, onCreate: () => unknown): Promise<void> {
    const wasClaimed = this.#isClaimed;
    if (wasClaimed) listingOf(room).epoch = (await this.#claim.promise).owner.epoch;
    await onCreate();
    if (!wasClaimed) {
      rehearse(room, this.#kept!);
      await this.#options.warmUp(room, this.#kept!, () => !this.#isClaimed);
      this.#ready.resolve();
    }
    const claim = await this.#claimOf(room);
    if (!wasClaimed) this.#kept = await loadRoom(this.#options.store, this.roomId, claim.owner); // it went on meanwhile
    listingOf(room).epoch = claim.owner.epoch;
    this.#sessions = await this.#restore(room, claim);
  }

  async #claimOf(room: LiveRoom): Promise<Claim> {
    try {
      return await this.#claim.promise;
    } catch (error) {
      silence(room); // it ends nowhere: it is played elsewhere
      throw error;
    }
  }

  /** From the newest snapshot; where its state cannot be made, from the one before and the journal behind that. */
  async #restore(room: LiveRoom, claim: Claim): Promise<RoomSession[]> {
    const { restore, store } = this.#options;
    try {
      return restore(room, this.#kept!, claim);
    } catch (error) {
      // Once there are sessions, it was not the state.
      if (!(error instanceof ArchiveError) || RoomSessions.of(room).size > 0) throw error;
      const { snapshot: newest } = this.#kept!;
      const before = await loadBefore(store, this.roomId, newest, error);
      try {
        rehearse(room, before);
      } catch {
        throw error;
      }
      await putAside(store, claim.owner, newest);
      this.#kept = { ...before, passedOver: 'refused' };
      return restore(room, this.#kept, claim);
    }
  }
}
