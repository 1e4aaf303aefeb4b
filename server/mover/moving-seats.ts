import { openSeats, replaceReserveSeat, type SeatRequest } from '../room/colyseus-internals.ts';
import type { LiveRoom } from '../room/live-room.ts';

/**
 * The seats of a room that is about to move: who asks for one waits until it is known where the room is; then it is the
 * other node's to keep it, as it keeps those that nobody has taken yet.
 */
export class MovingSeats {
  readonly #room: LiveRoom;
  readonly #outcome = Promise.withResolvers<((seat: SeatRequest) => void) | undefined>();
  readonly #restore: () => void;
  #hasMoved = false;

  constructor(room: LiveRoom) {
    this.#room = room;
    this.#restore = replaceReserveSeat(room, async (seat, reserve) => {
      const send = await this.#outcome.promise;
      if (send === undefined) return reserve();
      send(seat);
      return true;
    });
  }

  /** The room stays here, unless it has {@link moved}. */
  stays(): void {
    if (this.#hasMoved) return;
    this.#restore();
    this.#outcome.resolve(undefined);
  }

  /** The room is another node's. @param send tells it of a seat */
  moved(send: (seat: SeatRequest) => void): void {
    this.#hasMoved = true;
    for (const seat of openSeats(this.#room)) send(seat);
    this.#outcome.resolve(send);
  }
}
