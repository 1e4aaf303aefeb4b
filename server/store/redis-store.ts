import { randomUUID } from 'node:crypto';
import { nodeTally } from '../metrics/tally.ts';
import type { RedisConnection } from '../redis/redis-connection.ts';
import type { SealedEntry } from './journal-entry.ts';
import { Gate } from './gate.ts';
import { RoomIndex } from './room-index.ts';
import { checkId, LIVING_KEYS, restartsKey, roomKeys } from './room-keys.ts';
import type {
  Claimant,
  ClaimResult,
  Ownership,
  RoomOwner,
  RoomStore,
  SeatChanges,
  Seats,
  Snapshot,
  SnapshotContent,
  StoredRoom,
} from './room-store.ts';
import { ScriptBatch, StoreScript } from './script-batch.ts';
import type { Argument } from './script-batch.ts';
import { writeSnapshot } from './snapshot-envelope.ts';
import { StoreError } from './store-error.ts';
import type { StoreErrorCode } from './store-error.ts';
import { STORE_LIMITS } from './store-limits.ts';
import type { StoreLimits } from './store-limits.ts';
import { readRoom } from './stored-room.ts';
import type { Position, Which } from './stored-room.ts';
import { rawRoom } from './redis-reply.ts';

const SCRIPTS = {
  append: new StoreScript('append'),
  begin: new StoreScript('begin'),
  claim: new StoreScript('claim'),
  end: new StoreScript('end'),
  load: new StoreScript('load'),
  setAside: new StoreScript('set-aside'),
  snapshot: new StoreScript('snapshot'),
};

/** As scripts/room.lua has them. */
const DONE = 1;
const MISSING = 5;
const REFUSALS: Record<number, StoreErrorCode> = { 2: 'fenced', 3: 'ended', 4: 'lost', 5: 'missing', 6: 'full' };

interface Reply {
  code: number;
  epoch: number;
  node: string;
}

/** Rooms that are read at once: a node that adopts hundreds must not make its other commands wait, or time out itself. */
const LOADS_AT_ONCE = 8;

/** Set by RedisConnection: it names the data set. */
const INCARNATION_KEY = 'velarium:incarnation';

export interface RedisStoreOptions {
  redis: RedisConnection;
  limits?: Partial<StoreLimits>;
}

/** The rooms of a pool, in its Redis. The keys are told in scripts/room.lua. */
export class RedisStore implements RoomStore {
  readonly #redis: RedisConnection;
  readonly #limits: StoreLimits;
  readonly #batch: ScriptBatch;
  readonly #index: RoomIndex;
  readonly #loads = new Gate(LOADS_AT_ONCE);
  /** The living keys of an owner's room: they are asked for at every append. */
  readonly #keys = new WeakMap<Ownership, string[]>();

  constructor({ redis, limits }: RedisStoreOptions) {
    this.#redis = redis;
    this.#limits = { ...STORE_LIMITS, ...limits };
    this.#batch = new ScriptBatch(redis);
    this.#index = new RoomIndex(redis, this.#limits.roomTtlMs);
  }

  get available(): boolean {
    return this.#redis.health.available;
  }

  async create(
    roomId: string,
    claimant: Claimant,
    first: SnapshotContent,
    seats: Seats = new Map(),
  ): Promise<Ownership> {
    const { node, token = randomUUID() } = claimant;
    checkId('node', node);
    roomKeys(roomId);
    const home = await this.#home();
    let owner: Ownership = { roomId, node, token, epoch: 0, home };
    for (;;) {
      const epoch = owner.epoch + 1;
      const reply = await this.#begin(owner, first, seats, epoch, true);
      if (reply.code === DONE) return await this.#owned({ ...owner, epoch: reply.epoch });
      // One that was ended here lately: go on above its epoch, which may have moved when we come to it.
      if (reply.code !== 3 || reply.epoch <= owner.epoch) throw exists(roomId, reply);
      owner = { ...owner, epoch: reply.epoch };
    }
  }

  async begin(owner: Ownership, first: SnapshotContent, seats: Seats, epoch = owner.epoch + 1): Promise<Ownership> {
    const home = await this.#home();
    const reply = await this.#begin(owner, first, seats, epoch, home !== owner.home);
    if (reply.code !== DONE) throw refused(owner, reply.code === MISSING ? { ...reply, code: 3 } : reply);
    return await this.#owned({ ...owner, epoch, home });
  }

  async append(owner: Ownership, entries: readonly SealedEntry[], seats?: SeatChanges): Promise<void> {
    const { epoch, token } = owner;
    const { roomTtlMs, maxEntries } = this.#limits;
    const args: Argument[] = [epoch, token, roomTtlMs, maxEntries, entries[0]!.sequence, entries.length];
    for (const { bytes } of entries) {
      args.push(bytes);
      nodeTally.journalBytes += bytes.length;
    }
    nodeTally.journalEntries += entries.length;
    writeSeats(args, seats);
    await this.#write(owner, SCRIPTS.append, args, this.#keysOf(owner));
  }

  async saveSnapshot(owner: Ownership, sequence: number, content: SnapshotContent): Promise<void> {
    const { roomId, epoch, token, node } = owner;
    const bytes = writeSnapshot(roomId, { ...content, epoch, sequence });
    await this.#write(owner, SCRIPTS.snapshot, [epoch, token, this.#limits.roomTtlMs, sequence, bytes]);
    await this.#index.add(roomId, node);
  }

  async claim(roomId: string, claimant: Claimant, from: { node?: string; epoch?: number }): Promise<ClaimResult> {
    const { node, token = randomUUID() } = claimant;
    checkId('node', node);
    if (from.node === undefined && from.epoch === undefined) throw new TypeError('claim from whom?');
    const home = await this.#home();
    const args = [from.epoch ?? '', from.node ?? '', node, token, this.#limits.roomTtlMs];
    const { code, ...owner } = await this.#run(SCRIPTS.claim, roomId, args);
    if (code === MISSING || code === 3) throw new StoreError(REFUSALS[code]!, roomId, 'nothing to claim', owner.epoch);
    if (code !== DONE) return { won: false, owner: { roomId, node: owner.node, epoch: owner.epoch } };
    await this.#index.move(roomId, owner.node, node);
    return { won: true, owner: { roomId, node, token, epoch: owner.epoch, home } };
  }

  load(
    roomId: string,
    { owner, accepts }: { owner?: Ownership; accepts?: (snapshot: Snapshot) => boolean } = {},
  ): Promise<StoredRoom> {
    const keys = roomKeys(roomId);
    const reading = {
      roomId,
      owner,
      accepts,
      read: async (which: Which) => rawRoom(await this.#batch.run(SCRIPTS.load, keys, [which])),
      setAside: async (position: Position | undefined) => {
        const at = position === undefined ? '' : `${position.epoch}-${position.sequence}`;
        await this.#write(owner!, SCRIPTS.setAside, [owner!.epoch, owner!.token, at, this.#limits.asideMs]);
      },
    };
    return this.#loads.pass(() => readRoom(reading));
  }

  async owner(roomId: string): Promise<RoomOwner | undefined> {
    return (await this.#index.owners([roomId]))[0];
  }

  async end(owner: Ownership, { keepAside = false } = {}): Promise<void> {
    const { roomId, epoch, token, node } = owner;
    const { fenceMs, asideMs } = this.#limits;
    const reply = await this.#run(SCRIPTS.end, roomId, [epoch, token, node, fenceMs, keepAside ? asideMs : 0]);
    if (reply.code !== DONE) throw refused(owner, reply);
    await this.#index.remove(roomId, node);
  }

  async countRestart({ roomId, epoch }: Ownership): Promise<number> {
    const key = restartsKey(roomId);
    const seconds = Math.ceil(this.#limits.restartsMs / 1_000);
    const replies = await this.#redis.run((client) =>
      client.multi().sadd(key, epoch).expire(key, seconds, 'NX').scard(key).exec(),
    );
    return replies![2]![1] as number;
  }

  roomsOf(node: string): Promise<RoomOwner[]> {
    return this.#index.roomsOf(node);
  }

  nodes(): Promise<string[]> {
    return this.#index.nodes();
  }

  onEmptied(listener: () => void): () => void {
    return this.#redis.health.subscribe(({ emptied }) => {
      if (emptied) listener();
    });
  }

  async #begin(
    owner: Ownership,
    first: SnapshotContent,
    seats: Seats,
    epoch: number,
    mayBeMissing: boolean,
  ): Promise<Reply> {
    const { roomId, node, token, epoch: held } = owner;
    if (epoch <= held) throw new RangeError(`epoch ${epoch} is not above ${held}`);
    const bytes = writeSnapshot(roomId, { ...first, epoch, sequence: 0 });
    const args: Argument[] = [held, epoch, token, node, this.#limits.roomTtlMs, mayBeMissing ? 1 : 0, bytes];
    writeSeats(args, seats);
    return await this.#run(SCRIPTS.begin, roomId, args);
  }

  async #owned(owner: Ownership): Promise<Ownership> {
    await this.#index.add(owner.roomId, owner.node);
    return owner;
  }

  #keysOf(owner: Ownership): string[] {
    let keys = this.#keys.get(owner);
    if (keys === undefined) this.#keys.set(owner, (keys = roomKeys(owner.roomId).slice(0, LIVING_KEYS)));
    return keys;
  }

  async #write(owner: Ownership, script: StoreScript, args: readonly Argument[], keys?: string[]): Promise<void> {
    const reply = await this.#run(script, owner.roomId, args, keys);
    if (reply.code === DONE) return;
    if (reply.code !== MISSING) throw refused(owner, reply);
    // Nothing of the room is there: it was ended long ago, or the data set is another one.
    throw refused(owner, { ...reply, code: (await this.#home()) === owner.home ? 3 : 4 });
  }

  async #run(
    script: StoreScript,
    roomId: string,
    args: readonly Argument[],
    keys: readonly string[] = roomKeys(roomId),
  ): Promise<Reply> {
    const [code, epoch, node] = (await this.#batch.run(script, keys, args)) as [number, number, Buffer];
    return { code, epoch, node: node.toString() };
  }

  /** Which data set this is, asked anew: what the health check knows may be half a second old. */
  async #home(): Promise<string> {
    const incarnation = await this.#redis.run((client) => client.get(INCARNATION_KEY));
    return `${this.#redis.health.runId}/${incarnation}`;
  }
}

function writeSeats(args: Argument[], seats: SeatChanges = new Map()): void {
  const set: Argument[] = [];
  const gone: string[] = [];
  for (const [sessionId, seat] of seats) {
    checkId('session id', sessionId);
    if (seat === undefined) gone.push(sessionId);
    else set.push(sessionId, Buffer.from(seat.buffer, seat.byteOffset, seat.byteLength));
  }
  args.push(set.length / 2, ...set, ...gone);
}

function refused({ roomId, epoch }: Ownership, reply: Reply): StoreError {
  const detail = `epoch ${reply.epoch} stands, ours is ${epoch}`;
  return new StoreError(REFUSALS[reply.code] ?? 'lost', roomId, detail, reply.epoch);
}

const exists = (roomId: string, { epoch, node }: Reply): StoreError =>
  new StoreError('exists', roomId, `epoch ${epoch} of ${node}`, epoch);
