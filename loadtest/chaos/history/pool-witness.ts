import { setTimeout as pause } from 'node:timers/promises';
import { Redis } from 'ioredis';
import type { ArenaPilot } from '../../arena-pilot.ts';
import type { RoomInsight } from '../node/insight.ts';
import { checkHistory, checkPicture, inputsLost, type Violation } from './check.ts';
import { DecoderComplaints } from './decoder-complaints.ts';
import { JournalHistory } from './journal-history.ts';
import { JournalWatch } from './journal-watch.ts';
import type { Picture, RoomPicture } from './picture.ts';
import { PilotWitness } from './pilot-witness.ts';

const LOOK_EVERY_MS = 50;

/** A node that can be asked. */
export interface AskedNode {
  url: string;
  processId: string;
}

/** Sees what all clients of a pool and all journals go through, and says what of it must not be. */
export class PoolWitness {
  readonly pilots: PilotWitness[] = [];
  readonly journals = new JournalHistory();
  readonly #complaints = new DecoderComplaints();
  readonly #redis: Redis;
  readonly #watch: JournalWatch;
  readonly #nodes: () => readonly AskedNode[];
  readonly #roomIds = new Set<string>();
  readonly #told = new Set<string>();

  /** @param redisUri not through any link */
  constructor(redisUri: string, nodes: () => readonly AskedNode[]) {
    this.#redis = new Redis(redisUri, { maxRetriesPerRequest: 0, retryStrategy: () => 50, commandTimeout: 2_000 });
    this.#redis.on('error', () => {}); // it may be killed
    this.#watch = new JournalWatch(this.#redis, this.journals);
    this.#nodes = nodes;
    this.#watch.start();
  }

  add(pilot: ArenaPilot, name: string): PilotWitness {
    const { roomId } = pilot.room;
    if (!this.#roomIds.has(roomId)) this.#watch.watch(roomId);
    this.#roomIds.add(roomId);
    const witness = new PilotWitness(pilot, name);
    this.pilots.push(witness);
    return witness;
  }

  /** Process ids of the owners of all rooms, by room id; those that the store knows. */
  async owners(): Promise<Map<string, string>> {
    const owners = await Promise.all(
      [...this.#roomIds].map(async (roomId) => [roomId, (await this.#stored(roomId)).owner?.processId] as const),
    );
    return new Map(owners.flatMap(([roomId, owner]) => (owner === undefined ? [] : [[roomId, owner]])));
  }

  get inputsLost(): number {
    return inputsLost(this.pilots.map(({ history }) => history));
  }

  /** Redis was made to forget something. */
  forgotten(): void {
    this.journals.forgotten(performance.now());
  }

  /**
   * Lets everything come to rest, for `withinMs` at most, and looks at it.
   * @returns what is broken and was not told before
   */
  async broken(withinMs: number): Promise<string[]> {
    const deadlineMs = performance.now() + withinMs;
    for (const pilot of this.pilots) pilot.hush(true);
    let last: Violation[];
    for (;;) {
      const isOver = performance.now() >= deadlineMs;
      const isQuiet = this.pilots.every(({ isSettled }) => isSettled);
      if (isQuiet || isOver) {
        last = await this.#standing();
        if (last.length === 0 || isOver) break;
      }
      await pause(LOOK_EVERY_MS);
    }
    await this.#watch.catchUp();
    for (const pilot of this.pilots) pilot.hush(false);
    const histories = this.pilots.map(({ history }) => history);
    const found = [...checkHistory(histories, this.journals), ...this.#complaints.violations, ...last];
    return found.flatMap((violation) => this.#tell(violation));
  }

  /** Everything that was seen, for whoever wants to know how it came to a violation. */
  report(): object {
    return {
      clients: this.pilots.map(({ history: { name, sent, acknowledged, isCut, events } }) => ({
        name,
        sent,
        acknowledged,
        isCut,
        events,
      })),
      journals: Object.fromEntries(this.journals.rooms),
    };
  }

  async close(): Promise<void> {
    this.#complaints.end();
    for (const pilot of this.pilots) pilot.stop();
    await this.#watch.stop();
    this.#redis.disconnect();
  }

  #tell({ rule, who, what }: Violation): string[] {
    const line = `${rule}: ${who} ${what}`;
    if (this.#told.has(line)) return [];
    this.#told.add(line);
    return [line];
  }

  async #standing(): Promise<Violation[]> {
    try {
      const histories = this.pilots.map(({ history }) => history);
      return checkPicture(await this.#picture(), histories);
    } catch (error) {
      return [{ rule: 'owner', who: 'the pool', what: `cannot be looked at: ${(error as Error).message}` }];
    }
  }

  async #picture(): Promise<Picture> {
    const roomIds = [...this.#roomIds];
    const runs = await Promise.all(
      this.#nodes().map(async (node) => ({ node, rooms: await runningOn(node, roomIds) })),
    );
    const rooms = roomIds.map(async (roomId): Promise<RoomPicture> => {
      const there = runs.flatMap(({ node, rooms }) => {
        const room = rooms.find((each) => each.roomId === roomId);
        return room === undefined ? [] : [{ processId: node.processId, room }];
      });
      return {
        roomId,
        runsOn: there.map(({ processId }) => processId),
        sessions: there.flatMap(({ room }) => room.sessions),
        away: there.flatMap(({ room }) => room.away),
        promised: there.reduce((sum, { room }) => sum + room.promised, 0),
        ...(await this.#stored(roomId)),
      };
    });
    const clients = this.pilots.map(async (pilot) => {
      const picture = pilot.picture();
      return { ...picture, home: await this.#homeOf(picture.sessionId) };
    });
    return { rooms: await Promise.all(rooms), clients: await Promise.all(clients) };
  }

  async #homeOf(sessionId: string): Promise<string | undefined> {
    const text = await this.#redis.get(`velarium:session:${sessionId}`);
    return text === null ? undefined : (JSON.parse(text) as { processId: string }).processId;
  }

  async #stored(roomId: string): Promise<Pick<RoomPicture, 'owner' | 'seats' | 'listed'>> {
    const key = `velarium:{${roomId}}`;
    const [[epoch, node, ended], seats, row] = await Promise.all([
      this.#redis.hmget(`${key}:owner`, 'epoch', 'node', 'ended'),
      this.#redis.hkeys(`${key}:seats`),
      this.#redis.hget('velarium:rooms', roomId),
    ]);
    const isKept = epoch != null && node != null && ended == null;
    return {
      owner: isKept ? { processId: node.split('/')[0]!, epoch: Number(epoch) } : undefined,
      seats,
      listed: row === null ? undefined : (JSON.parse(row.slice(row.indexOf('\n') + 1)) as RoomPicture['listed']),
    };
  }
}

async function runningOn({ url }: AskedNode, roomIds: readonly string[]): Promise<RoomInsight[]> {
  const query = new URLSearchParams(roomIds.map((roomId) => ['room', roomId]));
  const response = await fetch(`${url}/insight/rooms?${query}`, { signal: AbortSignal.timeout(2_000) });
  return (await response.json()) as RoomInsight[];
}
