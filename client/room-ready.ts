import { MatchMakeError, type Room } from 'colyseus.js';

/** Colyseus's serializer of a room without state. */
const NO_STATE = 'none';

type RoomSignals = Pick<Room, 'onStateChange' | 'onError' | 'onLeave' | 'serializerId'>;

/**
 * Knows when a room has all that a game begins with: the join, and behind it the first state, if the room has one.
 * Listens for as long as the room does: the SDK's signals skip a listener when another one takes itself off.
 */
export class RoomReady {
  /** Rejects with a MatchMakeError when the room ended, or raised an error, before. */
  readonly promise: Promise<void>;
  #settle!: (error?: Error) => void;
  #settled = false;

  /**
   * @param hasState whether the state that the room tells of is there: one that could not be read is not
   * @param onReady called before anybody who awaits {@link promise}
   */
  constructor(room: RoomSignals, hasState: () => boolean, onReady: () => void) {
    this.promise = new Promise((resolve, reject) => {
      this.#settle = (error) => {
        if (this.#settled) return;
        this.#settled = true;
        if (error !== undefined) return reject(error);
        onReady();
        resolve();
      };
    });
    this.promise.catch(() => {}); // whoever does not ask need not hear
    onJoin(room, () => {
      if (room.serializerId === NO_STATE) this.#settle();
    });
    room.onStateChange(() => {
      if (hasState()) this.#settle();
    });
    room.onError((code, message) => this.#settle(new MatchMakeError(message ?? '', code)));
    room.onLeave((code, reason) => this.#settle(new MatchMakeError(reason || `the room was left with ${code}`, code)));
  }
}

/** `onJoin` is protected in the SDK's types. */
function onJoin(room: RoomSignals, listener: () => void): void {
  (room as unknown as { onJoin(listener: () => void): void }).onJoin(listener);
}
