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
  /** Each input says its number, modulo {@link TOLD_NUMBERS}, in how hard it turns: for arenas that keep account of them. */
  tellsNumbers?: boolean;
  /** Opens the socket, for whoever wants to look at what passes. Default the platform's. */
  openSocket?: OpenSocket;
}

/** An arena turns a ship by the sign of `turn` and by nothing else. */
export const TOLD_NUMBERS = 120;

/** After a stall of this process no more are made up for: a server throws away what is over 32. */
const MOST_AT_ONCE = 16;

/** A player without a screen: the real client with real inputs, one a tick, as the page sends them. */
export class ArenaPilot {
  readonly room: ConnectedRoom<ArenaRoom>;
  /** State updates applied. */
  updates = 0;

  readonly #tellsNumbers: boolean;
  readonly #startedAtMs = performance.now();
  #ticks = 0;
  #timer: ReturnType<typeof setInterval>;

  private constructor(room: ConnectedRoom<ArenaRoom>, tellsNumbers: boolean) {
    this.room = room;
    this.#tellsNumbers = tellsNumbers;
    room.onStateChange(() => this.updates++);
    this.#timer = setInterval(() => this.#fly(), 1000 / TICK_RATE_HZ);
    room.onLeave(() => clearInterval(this.#timer));
  }

  static async join(options: PilotOptions): Promise<ArenaPilot> {
    const { endpoint, name, roomId, create = false, bots, tellsNumbers = false, openSocket } = options;
    const room = await connect<ArenaRoom>(endpoint, {
      room: 'arena',
      create,
      join: bots === undefined ? { name } : { name, bots },
      ...(roomId === undefined ? {} : { roomId }),
      ...(openSocket === undefined ? {} : { openSocket }),
    });
    return new ArenaPilot(room, tellsNumbers);
  }

  async leave(): Promise<void> {
    clearInterval(this.#timer);
    await this.room.leave();
  }

  /** Sends the inputs of all ticks that are due: Node's own interval is not exactly 60 Hz, the count of inputs is. */
  #fly(): void {
    const due = Math.floor(((performance.now() - this.#startedAtMs) * TICK_RATE_HZ) / 1_000);
    const input = this.room.input();
    this.#ticks = Math.max(this.#ticks, due - MOST_AT_ONCE);
    for (; this.#ticks < due; this.#ticks++) {
      // Three seconds one way, three the other, thrust and fire on and off: everything in the room moves.
      const phase = Math.floor(this.#ticks / 90) % 4;
      const hardness = this.#tellsNumbers ? 1 + ((input.sentCount + 1) % TOLD_NUMBERS) : 1;
      input.data.turn = phase < 2 ? hardness : -hardness;
      input.data.thrust = phase % 2 === 0;
      input.data.fire = phase === 1;
      input.send();
    }
  }
}
