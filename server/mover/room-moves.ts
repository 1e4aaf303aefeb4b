import { randomUUID } from 'node:crypto';
import { matchMaker } from '@colyseus/core';
import type { RoomKeepers } from '../keeper/room-keepers.ts';
import type { Logger } from '../log/log.ts';
import type { LoopClock } from '../room/tick-loop.ts';
import type { Ownership, RoomStore } from '../store/room-store.ts';
import { Evacuation, type Evacuated } from './evacuation.ts';
import { MoveChannel, type MoveMessage } from './move-channel.ts';
import { MoveError } from './move-error.ts';
import { MoveTarget } from './move-target.ts';
import { RoomMover } from './room-mover.ts';

/** How long a node may take that was asked to move a room of its own. */
const MOVED_WITHIN_MS = 10_000;

export interface RoomMovesOptions {
  keepers: RoomKeepers;
  store: RoomStore;
  /** Under which this node owns rooms. */
  node(): string;
  /** Where clients reach this node; empty where they have no way of their own to it. */
  address: string;
  takesRooms(): boolean;
  /** @returns process id of the node that a room of this one moves to; undefined where none takes any */
  choose(): string | undefined;
  term(): number;
  release(owner: Ownership): Promise<void>;
  /** See RoomMover. */
  isSound(roomId: string): void;
  clock: LoopClock;
  log: Logger | undefined;
}

/** This node's part in it that rooms move between nodes: one that somebody names, or all that are here. */
export class RoomMoves {
  readonly #options: RoomMovesOptions;
  readonly #channel = new MoveChannel(
    () => matchMaker.presence,
    () => matchMaker.processId,
  );
  readonly #mover: RoomMover;
  readonly #target: MoveTarget;
  /** Those who asked other nodes, by move. */
  readonly #asking = new Map<string, (answer: MoveMessage) => void>();
  #evacuation: Evacuation | undefined;
  #isHurried = false;
  #stopListening = (): void => {};

  constructor(options: RoomMovesOptions) {
    const { keepers, store, clock, node, address, takesRooms, term, release, isSound } = options;
    this.#options = options;
    const own = (): string => matchMaker.processId;
    this.#mover = new RoomMover({ keepers, store, channel: this.#channel, own, isSound, clock });
    this.#target = new MoveTarget({
      keepers,
      store,
      channel: this.#channel,
      node,
      address,
      takesRooms,
      term,
      release,
      failed: (roomId, error) => this.#failed(roomId, error),
      clock,
    });
  }

  start(): void {
    this.#stopListening = this.#channel.listen((message) => this.#hear(message));
  }

  stop(): void {
    this.#stopListening();
    this.#target.stop();
  }

  /**
   * Moves a room, wherever it is.
   * @param to process id; undefined for whichever node has the most headroom
   * @returns process id of where it is now
   * @throws {MoveError}
   */
  async move(roomId: string, to?: string): Promise<string> {
    if (this.#options.keepers.keeperOf(roomId) !== undefined) return this.#moveOwn(roomId, to);
    const row = (await matchMaker.driver.findOne({ roomId })) as { processId: string } | undefined;
    if (row === undefined || row.processId === matchMaker.processId) {
      throw new MoveError('not-here', roomId, row ? 'it does not outlive its node' : 'there is no such room');
    }
    const answer = await this.#ask(row.processId, roomId, to ?? '');
    if (answer?.kind === 'moved') return answer.target;
    if (answer?.kind === 'not-moved') throw new MoveError(answer.code, roomId, answer.why);
    throw new MoveError('no-answer', roomId, `${row.processId} does not answer`);
  }

  /** Moves all rooms that are here. */
  evacuate(graceMs: number): Promise<Evacuated> {
    const { keepers, choose, clock } = this.#options;
    this.#evacuation = new Evacuation({
      rooms: () => [...keepers].map(({ room }) => room.roomId),
      choose,
      move: async (roomId, to) => {
        await this.#mover.move(roomId, to);
        this.#options.log?.info({ room: roomId, to }, 'room moved');
      },
      leave: (roomId) => this.#mover.leave(roomId),
      now: () => clock.now(),
      failed: (roomId, error) => this.#failed(roomId, error),
    });
    if (this.#isHurried) this.#evacuation.hurry();
    return this.#evacuation.run(graceMs);
  }

  /** What does not move at once is left to the store. */
  hurry(): void {
    this.#isHurried = true;
    this.#evacuation?.hurry();
  }

  #hear(message: MoveMessage): void {
    this.#mover.hear(message);
    this.#target.hear(message);
    if (message.kind === 'wanted') void this.#wanted(message);
    if (message.kind === 'moved' || message.kind === 'not-moved') this.#asking.get(message.moveId)?.(message);
  }

  /** Never rejects. */
  async #wanted({ from, to, moveId, roomId, target }: MoveMessage & { kind: 'wanted' }): Promise<void> {
    const head = { from: to, to: from, moveId, roomId };
    try {
      this.#channel.send({ ...head, kind: 'moved', target: await this.#moveOwn(roomId, target || undefined) });
    } catch (error) {
      const code = error instanceof MoveError ? error.code : 'not-written';
      this.#channel.send({ ...head, kind: 'not-moved', code, why: (error as Error).message.slice(0, 500) });
    }
  }

  async #moveOwn(roomId: string, to: string | undefined): Promise<string> {
    const target = to ?? this.#options.choose();
    if (target === undefined) throw new MoveError('no-target', roomId, 'no other node takes rooms');
    await this.#mover.move(roomId, target);
    this.#options.log?.info({ room: roomId, to: target }, 'room moved');
    return target;
  }

  async #ask(owner: string, roomId: string, target: string): Promise<MoveMessage | undefined> {
    const { clock } = this.#options;
    const moveId = randomUUID();
    const { promise, resolve } = Promise.withResolvers<MoveMessage | undefined>();
    const timer = clock.setTimeout(() => resolve(undefined), MOVED_WITHIN_MS);
    this.#asking.set(moveId, resolve);
    this.#channel.send({ kind: 'wanted', to: owner, from: matchMaker.processId, moveId, roomId, target });
    try {
      return await promise;
    } finally {
      clock.clearTimeout(timer);
      this.#asking.delete(moveId);
    }
  }

  #failed(room: string, error: unknown): void {
    this.#options.log?.warn({ room, detail: (error as Error).message }, 'room was not moved');
  }
}
