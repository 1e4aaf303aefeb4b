import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import type { RoomKeeper } from '../keeper/room-keeper.ts';
import type { RoomKeepers } from '../keeper/room-keepers.ts';
import type { LoopClock } from '../room/tick-loop.ts';
import type { ClaimResult, RoomStore } from '../store/room-store.ts';
import { StoreError } from '../store/store-error.ts';
import { RoomSessions } from '../session/room-sessions.ts';
import { MovingSeats } from './moving-seats.ts';
import type { MoveChannel, MoveHead, MoveMessage } from './move-channel.ts';
import { MoveError } from './move-error.ts';

/** How long the other node may take to get ready; the room plays meanwhile. */
const READY_WITHIN_MS = 5_000;
/** How long those may take who are joining; the room plays meanwhile. */
const JOINS_WITHIN_MS = 1_000;
const JOINS_AGAIN_MS = 2;
/** How long the next tick is waited for, behind which the room is stopped. */
const TICK_WITHIN_MS = 100;
/** How long the room may stand still for its last words to be written; past it, it plays on here. */
const WRITTEN_WITHIN_MS = 200;
/** A claim whose answer was lost is repeated so soon, until it is known who has the room. */
const CLAIM_AGAIN_MS = 20;
/** The same of one that nobody takes: it is let go in any case. */
const LEFT_WITHIN_MS = 2_000;
/** How long whoever asked for the move waits to hear that the room runs; it is the other node's in any case. */
const RUNS_WITHIN_MS = 2_000;

export interface RoomMoverOptions {
  keepers: RoomKeepers;
  store: RoomStore;
  channel: MoveChannel;
  /** Process id of this node. */
  own(): string;
  /** The room ran here until it was stopped: what is counted against rooms that take their node with them begins anew. */
  isSound(roomId: string): void;
  clock: LoopClock;
}

/**
 * Moves rooms of this node to others while they are played. The other node makes the room from what the store has of it;
 * then it is stopped here between two ticks, the rest is written, and one claim makes the other node its owner. Before
 * that claim the room is this node's whatever happens, after it the other's: where that dies too, somebody else takes it
 * over as from any dead node.
 */
export class RoomMover {
  readonly #options: RoomMoverOptions;
  readonly #moving = new Set<string>();
  /** By move. */
  readonly #waiting = new Map<string, (message: MoveMessage) => void>();

  constructor(options: RoomMoverOptions) {
    this.#options = options;
  }

  /** What another node answers. */
  hear(message: MoveMessage): void {
    this.#waiting.get(message.moveId)?.(message);
  }

  /** @param to process id @throws {MoveError} */
  async move(roomId: string, to: string): Promise<void> {
    if (to === this.#options.own()) throw new MoveError('no-target', roomId, 'it is there already');
    const keeper = this.#options.keepers.keeperOf(roomId);
    if (keeper?.owner === undefined) throw new MoveError('not-here', roomId, 'it is not kept here');
    if (this.#moving.has(roomId)) throw new MoveError('busy', roomId, 'it is being moved already');
    this.#moving.add(roomId);
    const head = { to, from: this.#options.own(), moveId: randomUUID(), roomId };
    let isHandedOver = false;
    try {
      const ready = await this.#prepare(head, keeper.owner.node);
      await this.#handOver(keeper, head, ready);
      isHandedOver = true;
      await this.#answer(head.moveId, RUNS_WITHIN_MS, () => {});
    } finally {
      this.#moving.delete(roomId);
      if (!isHandedOver) this.#options.channel.send({ ...head, kind: 'stays' });
    }
  }

  /**
   * Writes the room down and lets it go: it is nobody's, until a node takes it over. Its clients come back by themselves.
   * @throws {MoveError} `not-written`: it was let go as it was written last
   */
  async leave(roomId: string): Promise<void> {
    const { keepers } = this.#options;
    const keeper = keepers.keeperOf(roomId);
    if (keeper?.owner === undefined) return;
    keepers.closeDoor(keeper);
    keeper.freeze(true);
    const isWritten = await keeper.isWritten(LEFT_WITHIN_MS);
    if (isWritten) this.#options.isSound(roomId);
    keepers.handedOver(keeper, undefined);
    if (!isWritten) throw new MoveError('not-written', roomId, 'it could not be written down in time');
  }

  async #prepare(head: MoveHead, node: string): Promise<Ready> {
    const ask = (): void => this.#options.channel.send({ ...head, kind: 'prepare', node });
    const answer = await this.#answer(head.moveId, READY_WITHIN_MS, ask);
    if (answer?.kind === 'ready') return answer;
    if (answer?.kind === 'refused') throw new MoveError('refused', head.roomId, answer.why);
    throw new MoveError('no-answer', head.roomId, `${head.to} does not answer`);
  }

  async #handOver(keeper: RoomKeeper, head: MoveHead, { node, address }: Ready): Promise<void> {
    const { keepers, channel } = this.#options;
    const { roomId, to } = head;
    await keeper.tickOver(TICK_WITHIN_MS);
    if (keepers.keeperOf(roomId) !== keeper) throw new MoveError('not-here', roomId, 'it ended meanwhile');
    const seats = new MovingSeats(keeper.room);
    keepers.closeDoor(keeper);
    try {
      if (!(await this.#areJoinsOver(keeper))) throw new MoveError('busy', roomId, 'somebody is joining');
      keeper.freeze(false);
      if (!(await keeper.isWritten(WRITTEN_WITHIN_MS))) {
        throw new MoveError('not-written', roomId, 'it could not be written down in time');
      }
      this.#options.isSound(roomId);
      const { won, owner } = await this.#claim(keeper, node);
      if (!won) {
        keepers.handedOver(keeper, undefined);
        throw new MoveError('lost', roomId, `it is ${owner.node}'s`);
      }
      const { token, epoch, home } = owner;
      channel.send({ ...head, kind: 'yours', node, token, epoch, home });
      seats.moved(({ sessionId, options, auth }) => {
        channel.send({ ...head, kind: 'seat', sessionId, options: asJson(options), auth: asJson(auth) });
      });
      keepers.handedOver(keeper, { processId: to, address });
    } finally {
      keepers.stays(keeper); // nothing, where it does not
      seats.stays(); // likewise
    }
  }

  /** Who has joined half could be taken along by nobody. New connections wait meanwhile. */
  async #areJoinsOver({ room }: RoomKeeper): Promise<boolean> {
    const sessions = RoomSessions.of(room);
    for (let waitedMs = 0; sessions.joining > 0; waitedMs += JOINS_AGAIN_MS) {
      if (waitedMs >= JOINS_WITHIN_MS) return false;
      await pause(JOINS_AGAIN_MS);
    }
    return true;
  }

  /** A claim may be repeated: so it comes to be known who has the room, however long Redis is away. */
  async #claim(keeper: RoomKeeper, node: string): Promise<ClaimResult> {
    const { store, keepers } = this.#options;
    const { roomId, node: from, epoch } = keeper.owner!;
    const token = randomUUID();
    for (;;) {
      try {
        return await store.claim(roomId, { node, token }, { node: from, epoch });
      } catch (error) {
        // Redis lost it: the room goes on here, and its next write brings it back.
        if (error instanceof StoreError) throw new MoveError('not-written', roomId, error.message);
      }
      if (keepers.keeperOf(roomId) !== keeper) throw new MoveError('lost', roomId, 'it was lost meanwhile');
      await pause(CLAIM_AGAIN_MS);
    }
  }

  async #answer(moveId: string, withinMs: number, ask: () => void): Promise<MoveMessage | undefined> {
    const { clock } = this.#options;
    const { promise, resolve } = Promise.withResolvers<MoveMessage | undefined>();
    const timer = clock.setTimeout(() => resolve(undefined), withinMs);
    this.#waiting.set(moveId, resolve);
    try {
      ask();
      return await promise;
    } finally {
      clock.clearTimeout(timer);
      this.#waiting.delete(moveId);
    }
  }
}

type Ready = Extract<MoveMessage, { kind: 'ready' }>;

const asJson = (value: unknown): string => JSON.stringify(value) ?? '';
