import { setTimeout as pause } from 'node:timers/promises';
import type { Redis } from 'ioredis';
import type { JournalHistory } from './journal-history.ts';

/** A journal keeps what happened in the last two to four seconds. */
const LOOK_EVERY_MS = 200;
/** Entries of a room that are read at once. */
const MAX_READ = 1_000;

/** Ids behind ARGV[1], each with the owner that it names ('' for an entry); the first reply is the stream's last id. */
const READ = `
local last = redis.call('XREVRANGE', KEYS[1], '+', '-', 'COUNT', 1)
local reply = { last[1] and last[1][1] or '' }
for _, entry in ipairs(redis.call('XRANGE', KEYS[1], '(' .. ARGV[1], '+', 'COUNT', ${MAX_READ})) do
  reply[#reply + 1] = entry[1]
  reply[#reply + 1] = entry[2][1] == 'o' and entry[2][2] or ''
end
return reply`;

interface Position {
  epoch: number;
  sequence: number;
}

/** Reads along in the journals of rooms, as they are in Redis, and writes down which epochs and sequences came when. */
export class JournalWatch {
  readonly #redis: Redis;
  readonly #history: JournalHistory;
  readonly #rooms = new Map<string, Position>();
  #isOver = false;
  #running: Promise<void> = Promise.resolve();
  /** One look at a time. */
  #looking: Promise<void> = Promise.resolve();

  /** @param redis of its own, not through any link */
  constructor(redis: Redis, history: JournalHistory) {
    this.#redis = redis;
    this.#history = history;
  }

  watch(roomId: string): void {
    this.#rooms.set(roomId, { epoch: 0, sequence: 0 });
  }

  start(): void {
    this.#running = this.#run();
  }

  /** Reads to the end once more. Never rejects: while Redis is away there is nothing to read. */
  catchUp(): Promise<void> {
    this.#looking = this.#looking.then(async () => {
      await Promise.allSettled([...this.#rooms].map(([roomId, position]) => this.#read(roomId, position)));
    });
    return this.#looking;
  }

  async stop(): Promise<void> {
    this.#isOver = true;
    await this.#running;
  }

  async #run(): Promise<void> {
    while (!this.#isOver) {
      await this.catchUp();
      await pause(LOOK_EVERY_MS);
    }
  }

  async #read(roomId: string, position: Position): Promise<void> {
    const key = `velarium:{${roomId}}:journal`;
    const from = `${position.epoch}-${position.sequence}`;
    const [last, ...entries] = (await this.#redis.eval(READ, 1, key, from)) as string[];
    const atMs = performance.now();
    if (last === '') return;
    const [lastEpoch, lastSequence] = readId(last!);
    if (isBefore([lastEpoch, lastSequence], position)) {
      this.#history.steppedBack(roomId, lastEpoch, lastSequence, atMs);
      Object.assign(position, { epoch: 0, sequence: 0 });
      return;
    }
    for (let i = 0; i < entries.length; i += 2) {
      const [epoch, sequence] = readId(entries[i]!);
      const owner = entries[i + 1]!;
      Object.assign(position, { epoch, sequence });
      if (owner === '') this.#history.entry(roomId, epoch, sequence, atMs);
      else this.#history.owner(roomId, epoch, owner, atMs);
    }
  }
}

const readId = (id: string): [epoch: number, sequence: number] => id.split('-').map(Number) as [number, number];

const isBefore = ([epoch, sequence]: [number, number], than: Position): boolean =>
  epoch < than.epoch || (epoch === than.epoch && sequence < than.sequence);
