import type { Ownership, RoomStore } from '../store/room-store.ts';
import { StoreError } from '../store/store-error.ts';

/** Between two attempts to say of a room that it is no more. */
const END_AGAIN_MS = 500;

/** Rooms of this node that are no more, until the store knows. */
export class RoomEnds {
  readonly #store: Pick<RoomStore, 'end'>;
  readonly #ending = new Map<string, Promise<void>>();
  #stopped = false;

  constructor(store: Pick<RoomStore, 'end'>) {
    this.#store = store;
  }

  has(roomId: string): boolean {
    return this.#ending.has(roomId);
  }

  /**
   * Says to the store that the room is no more, as soon as it can be said.
   * @param owner under which the room is in the store; must not reject
   * @param keepAside what there is of it is kept, for whoever looks into what became of it
   */
  end(roomId: string, owner: Promise<Ownership>, keepAside = false): void {
    const ended = this.#tell(owner, keepAside).finally(() => this.#ending.delete(roomId));
    this.#ending.set(roomId, ended);
  }

  /** Resolves when the store knows of all, or when it did not answer once more. */
  async stop(): Promise<void> {
    this.#stopped = true;
    await Promise.all(this.#ending.values());
  }

  /** Never rejects. */
  async #tell(owner: Promise<Ownership>, keepAside: boolean): Promise<void> {
    for (;;) {
      try {
        return await this.#store.end(await owner, { keepAside });
      } catch (error) {
        if (error instanceof StoreError) return; // it is another's, or gone
      }
      if (this.#stopped) return;
      await new Promise((resolve) => setTimeout(resolve, END_AGAIN_MS).unref());
    }
  }
}
