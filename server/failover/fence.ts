/** What has to stop when its node stops by itself: a room, say. */
export interface Fenced {
  /** Now: no step, no frame and no write any more. Called within the look at the clock that found it out. */
  paused(): void;
  /** It goes on where it stopped. */
  resumed(): void;
  /** Somebody else owns it by now: it is to let go, and to write nothing. The last call. */
  lost(): void;
  /** Asks the store whether it still belongs here. May reject; then it is asked again after the next beat. */
  stillOwned(): Promise<boolean>;
}

/** Says to a tick and to a send path whether they may go on. */
export interface FenceView {
  /** Hot: at the top of each tick and before each send. `nowMs` is monotonic. */
  isFenced(nowMs: number): boolean;
}

/** The fence of a node that shares its rooms with nobody. */
export const NO_FENCE: FenceView = { isFenced: () => false };

/**
 * Closes when this node has not been heard for so long that others will soon hold it lost; in time before they do.
 *
 * What counts is when the last beat that was answered had been *sent*: it got there later than that, so the others
 * count from later too. A process that was stopped finds the fence closed at its first look at the clock, whatever it
 * does first. Safety does not rest on this, but on the epoch of each write (Kleppmann 2016, "How to do distributed
 * locking"): the fence is why clients see no second timeline meanwhile.
 */
export class Fence implements FenceView {
  readonly #limitMs: number;
  readonly #onChange: (isClosed: boolean) => void;
  readonly #rooms = new Set<RoomFence>();
  #confirmedMs = -Infinity;
  #closed = true;
  #term = 0;

  /** Closed to begin with. */
  constructor(limitMs: number, onChange: (isClosed: boolean) => void = () => {}) {
    this.#limitMs = limitMs;
    this.#onChange = onChange;
  }

  /** How often it closed. What was found out in an earlier term may no longer hold. */
  get term(): number {
    return this.#term;
  }

  isFenced(nowMs: number): boolean {
    if (!this.#closed && nowMs - this.#confirmedMs > this.#limitMs) this.#close();
    return this.#closed;
  }

  /** A beat was answered. */
  confirm(sentMs: number, nowMs: number): void {
    this.isFenced(nowMs); // nobody may have looked while it was closed
    if (sentMs <= this.#confirmedMs) return;
    this.#confirmedMs = sentMs;
    if (nowMs - sentMs > this.#limitMs) return;
    const wasClosed = this.#closed;
    this.#closed = false;
    if (wasClosed) this.#onChange(false);
    for (const room of this.#rooms) room.nodeIsOpen();
  }

  /**
   * @param term in which `room` was found to belong here. Unless it still lasts, the room is fenced from the start, and
   *   is told `resumed` or `lost` when the store was asked
   */
  guard(room: Fenced, term: number): RoomFence {
    const guarded = new RoomFence(this, room, term === this.#term && !this.#closed, () => this.#rooms.delete(guarded));
    this.#rooms.add(guarded);
    if (!this.#closed) guarded.nodeIsOpen();
    return guarded;
  }

  #close(): void {
    this.#closed = true;
    this.#term++;
    for (const room of this.#rooms) room.nodeIsClosed();
    this.#onChange(true);
  }
}

/** A room's own fence: after its node was fenced, it opens when the store says that the room is still here. */
export class RoomFence implements FenceView {
  readonly #node: Fence;
  readonly #room: Fenced;
  readonly #forget: () => void;
  #open: boolean;
  #asking = false;
  #ended = false;

  constructor(node: Fence, room: Fenced, isOpen: boolean, forget: () => void) {
    this.#node = node;
    this.#room = room;
    this.#open = isOpen;
    this.#forget = forget;
  }

  isFenced(nowMs: number): boolean {
    return this.#node.isFenced(nowMs) || !this.#open;
  }

  /** The room is no more. */
  end(): void {
    this.#ended = true;
    this.#open = false;
    this.#forget();
  }

  /** For {@link Fence}. */
  nodeIsClosed(): void {
    if (!this.#open) return;
    this.#open = false;
    this.#room.paused();
  }

  /** For {@link Fence}, at each beat that was answered in time. */
  nodeIsOpen(): void {
    if (this.#open || this.#asking || this.#ended) return;
    this.#asking = true;
    void this.#ask(this.#node.term).finally(() => (this.#asking = false));
  }

  async #ask(term: number): Promise<void> {
    const isOwned = await this.#room.stillOwned().catch(() => undefined);
    if (this.#ended || isOwned === undefined) return;
    if (!isOwned) {
      this.end();
      this.#room.lost();
    } else if (term === this.#node.term) {
      this.#open = true;
      this.#room.resumed();
    }
  }
}
