import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { isDisposing } from '../room/colyseus-internals.ts';
import type { Ownership, RoomStore } from '../store/room-store.ts';
import { StoreError } from '../store/store-error.ts';
import type { RoomKeeper } from './room-keeper.ts';

/** How often a room begins again within a minute after errors in its own code; with the next one it is over. */
export const MOST_RESTARTS = 3;

/** Between two questions to a store that does not answer. */
const ASK_AGAIN_MS = 250;

export interface RestartOptions {
  store: RoomStore;
  /** Under which this node owns rooms. */
  node: string;
  isStopped(): boolean;
  /** Whether the room is still the one that failed. */
  isKept(): boolean;
  /** Takes the failed room away, which nobody is told of; resolves when it is. */
  letGo(): Promise<void>;
  /** Of the fence, see Fence.guard. */
  term(): number;
  /** Makes the room from what is in the store. @param term from before the claim */
  adopt(owner: Ownership, term: number): Promise<void>;
  /** It failed too often. */
  over(owner: Ownership): void;
  report(event: 'restarted' | 'restart-failed' | 'over', error?: unknown): void;
}

/**
 * Begins a room again on this node, under a new epoch, as it was last kept. How often it did is counted in the store, so that
 * a room whose own state lets it fail does not go round the nodes for ever. While the store is away it waits.
 */
export async function restartRoom(keeper: RoomKeeper, options: RestartOptions): Promise<void> {
  const { store, isKept, report } = options;
  await keeper.settled();
  let owner: Ownership | undefined = keeper.owner!;
  for (let attempt = 0; ; attempt++) {
    const { roomId } = owner;
    const counted: Ownership = owner;
    const restarts = await answered(() => store.countRestart(counted), options);
    if (restarts === undefined || (attempt === 0 && (!isKept() || isDisposing(keeper.room)))) return;
    if (restarts > MOST_RESTARTS) {
      report('over');
      return options.over(owner);
    }
    if (attempt === 0) await options.letGo();
    const term = options.term();
    owner = await claimAnew(owner, options);
    if (owner === undefined) return; // another node has it, or nobody
    try {
      await options.adopt(owner, term);
      return report('restarted');
    } catch (error) {
      report('restart-failed', error);
      if ((await answered(() => store.owner(roomId), options))?.epoch !== owner.epoch) return;
    }
  }
}

/** Under a higher epoch: what the failed room had under way is refused. @returns undefined where it is not this node's */
async function claimAnew(owner: Ownership, options: RestartOptions): Promise<Ownership | undefined> {
  const { store, node } = options;
  const token = randomUUID();
  let { epoch } = owner;
  try {
    for (;;) {
      const result = await answered(() => store.claim(owner.roomId, { node, token }, { epoch }), options);
      if (result === undefined || result.won) return result?.owner;
      // A beginning anew of its own whose answer was lost.
      if (result.owner.node !== node || result.owner.epoch <= epoch) return undefined;
      epoch = result.owner.epoch;
    }
  } catch (error) {
    if (error instanceof StoreError) return undefined;
    throw error;
  }
}

/** @returns undefined when the node ends first; @throws {StoreError} */
async function answered<T>(ask: () => Promise<T>, { isStopped }: RestartOptions): Promise<T | undefined> {
  for (;;) {
    try {
      return await ask();
    } catch (error) {
      if (error instanceof StoreError) throw error;
    }
    if (isStopped()) return undefined;
    await pause(ASK_AGAIN_MS, undefined, { ref: false });
  }
}
