import type { NodePlace } from '../../shared/wire/control.ts';

/** For so long a node says itself where a room went; then the listing does. */
const REMEMBERED_MS = 5_000;

/** Where rooms went that were here a moment ago. */
export class MovedRooms {
  readonly #places = new Map<string, NodePlace>();

  placeOf(roomId: string): NodePlace | undefined {
    return this.#places.get(roomId);
  }

  remember(roomId: string, place: NodePlace): void {
    this.#places.set(roomId, place);
    const forget = (): void => void (this.#places.get(roomId) === place && this.#places.delete(roomId));
    setTimeout(forget, REMEMBERED_MS).unref();
  }

  /** It comes back. */
  forget(roomId: string): void {
    this.#places.delete(roomId);
  }
}
