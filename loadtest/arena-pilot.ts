import type { ArenaRoom } from '../server/arena/arena-room.ts';
import { connect, type ConnectedRoom } from '../client/connect.ts';
import type { OpenSocket } from '../client/socket.ts';
import { TICK_RATE_HZ } from '../shared/arena/rules.ts';

export interface PilotOptions {
  endpoint: string;
  name: string;
  /** Fly in this room and no other. */
  roomId?: string;
  /** Open a room, also where one is open. */
  create?: boolean;
  /** Bots for a room that this pilot opens. */
  bots?: number;
  /** Opens the socket, for whoever wants to look at what passes. Default the platform's. */
  openSocket?: OpenSocket;
}

/** A player without a screen: the real client with real inputs, one a tick, as the page sends them. */
export class ArenaPilot {
  readonly room: ConnectedRoom<ArenaRoom>;
  /** State updates applied. */
  updates = 0;

  readonly #startedAtMs = performance.now();
  #ticks = 0;
  #timer: ReturnType<typeof setInterval>;

  private constructor(room: ConnectedRoom<ArenaRoom>) {
    this.room = room;
    room.onStateChange(() => this.updates++);
    this.#timer = setInterval(() => this.#fly(), 1000 / TICK_RATE_HZ);
    room.onLeave(() => clearInterval(this.#timer));
  }

  static async join({ endpoint, name, roomId, create = false, bots, openSocket }: PilotOptions): Promise<ArenaPilot> {
    const room = await connect<ArenaRoom>(endpoint, {
      room: 'arena',
      create,
      join: bots === undefined ? { name } : { name, bots },
      ...(roomId === undefined ? {} : { roomId }),
      ...(openSocket === undefined ? {} : { openSocket }),
    });
    return new ArenaPilot(room);
  }

  async leave(): Promise<void> {
    clearInterval(this.#timer);
    await this.room.leave();
  }

  /** Sends the inputs of all ticks that are due: Node's own interval is not exactly 60 Hz, the count of inputs is. */
  #fly(): void {
    const due = Math.floor(((performance.now() - this.#startedAtMs) * TICK_RATE_HZ) / 1_000);
    const input = this.room.input();
    for (; this.#ticks < due; this.#ticks++) {
      // Three seconds one way, three the other, thrust and fire on and off: everything in the room moves.
      const phase = Math.floor(this.#ticks / 90) % 4;
      input.data.turn = phase < 2 ? 1 : -1;
      input.data.thrust = phase % 2 === 0;
      input.data.fire = phase === 1;
      input.send();
    }
  }
}
