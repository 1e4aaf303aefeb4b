/** A node of a pool, as a process, with rooms of eight that do nothing else: environment as server/main.ts has it. */
import { readConfig } from '../../server/config.ts';
import { LiveRoom, serve } from '../../server/index.ts';

/** What a room that runs here says of itself. */
export interface SeatsHere {
  roomId: string;
  sessions: string[];
  /** Seats that nobody has taken yet. */
  reserved: number;
}

class SeatsRoom extends LiveRoom {
  static readonly here = new Set<SeatsRoom>();
  override maxClients = 8;

  override onCreate(): void {
    this.setFixedTimestep(() => {}, 10);
    SeatsRoom.here.add(this);
  }

  override onDispose(): void {
    SeatsRoom.here.delete(this);
  }

  describe(): SeatsHere {
    const sessions = this.clients.map(({ sessionId }) => sessionId);
    const { _reservedSeats: seats } = this as unknown as { _reservedSeats: object };
    return { roomId: this.roomId, sessions, reserved: Object.keys(seats).length };
  }
}

const { port } = await serve({
  rooms: { seats: SeatsRoom },
  ...readConfig(process.env),
  express: (app) =>
    void app.get(
      '/here',
      (_request, response) => void response.json([...SeatsRoom.here].map((room) => room.describe())),
    ),
});
console.log(`http://localhost:${port}/`);
