import { Redis } from 'ioredis';
import type { WatchedPilot } from './watched-pilot.ts';

interface RoomRecord {
  epoch: number;
  /** Process id of the owner. */
  owner: string;
  /** Of each journal entry that is there. */
  journalEpochs: number[];
  /** Process id in the listing. */
  listed: string | undefined;
}

/** What the pool's Redis says of rooms and sessions, held against what was there before and against what clients see. */
export class PoolRecord {
  readonly #redis: Redis;
  readonly #epochs = new Map<string, number>();

  constructor(redisUri: string) {
    this.#redis = new Redis(redisUri);
  }

  close(): void {
    this.#redis.disconnect();
  }

  /** Process id of the node that has the room; empty where nobody has. */
  async ownerOf(roomId: string): Promise<string> {
    return processIdOf((await this.#redis.hget(`velarium:{${roomId}}:owner`, 'node')) ?? '');
  }

  /** @returns what is wrong; to be asked when everybody plays and nothing changes any more */
  async broken(pilots: readonly WatchedPilot[]): Promise<string[]> {
    const broken: string[] = [];
    const byRoom = Map.groupBy(pilots, ({ pilot }) => pilot.room.roomId);
    for (const [roomId, players] of byRoom) {
      const room = await this.#room(roomId);
      broken.push(...this.#check(roomId, room));
      for (const { pilot } of players) {
        const { sessionId } = pilot.room;
        const home = await this.#homeOf(sessionId);
        if (home !== room.owner)
          broken.push(`${roomId}: ${room.owner} has it, and ${sessionId} is said to be on ${home}`);
      }
    }
    return broken;
  }

  #check(roomId: string, { epoch, owner, listed, journalEpochs }: RoomRecord): string[] {
    const broken: string[] = [];
    const before = this.#epochs.get(roomId) ?? 0;
    this.#epochs.set(roomId, Math.max(before, epoch));
    if (epoch < before) broken.push(`${roomId}: epoch ${epoch} after ${before}`);
    if (listed !== owner) broken.push(`${roomId}: ${owner} has it, and ${listed} is listed`);
    let last = 0;
    for (const entryEpoch of journalEpochs) {
      if (entryEpoch < last) broken.push(`${roomId}: a journal entry of epoch ${entryEpoch} behind one of ${last}`);
      last = entryEpoch;
    }
    if (last !== epoch) broken.push(`${roomId}: its journal ends in epoch ${last}, and its owner has ${epoch}`);
    return broken;
  }

  async #room(roomId: string): Promise<RoomRecord> {
    const redis = this.#redis;
    const [[, owner], [, entries], [, row]] = (await redis
      .multi()
      .hgetall(`velarium:{${roomId}}:owner`)
      .xrange(`velarium:{${roomId}}:journal`, '-', '+')
      .hget('velarium:rooms', roomId)
      .exec()) as [
      [unknown, Record<string, string>],
      [unknown, [id: string, fields: string[]][]],
      [unknown, string | null],
    ];
    const listed = row === null ? undefined : (JSON.parse(row.slice(0, row.indexOf('\n'))) as unknown[])[2];
    return {
      epoch: Number(owner['epoch'] ?? 0),
      owner: processIdOf(owner['node'] ?? ''),
      journalEpochs: entries.map(([id]) => Number.parseInt(id, 10)),
      listed: listed as string | undefined,
    };
  }

  async #homeOf(sessionId: string): Promise<string | undefined> {
    const text = await this.#redis.get(`velarium:session:${sessionId}`);
    return text === null ? undefined : (JSON.parse(text) as { processId: string }).processId;
  }
}

const processIdOf = (node: string): string => node.split('/')[0]!;
