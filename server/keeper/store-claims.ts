import { NOBODY } from '../failover/room-claims.ts';
import type { Claimed, RoomClaims } from '../failover/room-claims.ts';
import type { RedisConnection } from '../redis/redis-connection.ts';
import type { Ownership, RoomStore } from '../store/room-store.ts';
import { StoreError } from '../store/store-error.ts';

/** The store wants a name for an owner; no member key lacks its slash. */
const NOBODYS = 'nobody';
/** Claims are counted for so long from the first, unless the room runs: past three in a minute it is set aside. */
const COUNTED_FOR_S = 60;

export interface StoreClaim extends Claimed {
  owner: Ownership;
}

const nameOf = (owner: string): string => (owner === NOBODY ? NOBODYS : owner);
const attemptsKey = (roomId: string): string => `velarium:{${roomId}}:attempts`;

/** What failover asks of the store. */
export class StoreClaims implements RoomClaims<StoreClaim> {
  readonly #store: RoomStore;
  readonly #redis: RedisConnection;
  readonly #own: string;

  constructor(store: RoomStore, redis: RedisConnection, own: string) {
    this.#store = store;
    this.#redis = redis;
    this.#own = own;
  }

  async owners(): Promise<readonly string[]> {
    return (await this.#store.nodes()).map((node) => (node === NOBODYS ? NOBODY : node));
  }

  async roomsOf(owner: string): Promise<readonly string[]> {
    return (await this.#store.roomsOf(nameOf(owner))).map(({ roomId }) => roomId);
  }

  async claim(roomId: string, from: string): Promise<StoreClaim | 'lost' | 'gone'> {
    try {
      const result = await this.#store.claim(roomId, { node: this.#own }, { node: nameOf(from) });
      if (!result.won) return 'lost';
      return { owner: result.owner, epoch: result.owner.epoch, attempts: await this.#count(roomId) };
    } catch (error) {
      if (error instanceof StoreError) return 'gone';
      throw error;
    }
  }

  async attempts(roomId: string): Promise<number> {
    return Number((await this.#redis.run((client) => client.get(attemptsKey(roomId)))) ?? 0);
  }

  async release(roomId: string, { epoch }: Pick<StoreClaim, 'epoch'>): Promise<void> {
    await this.#store.claim(roomId, { node: NOBODYS }, { node: this.#own, epoch }).catch(unlessRefused);
  }

  async setAside(_roomId: string, { owner }: StoreClaim): Promise<void> {
    await this.#store.end(owner, { keepAside: true }).catch(unlessRefused);
  }

  /** The room runs, and does not take its node with it: claims are counted from 0 again. Never rejects. */
  async runs(roomId: string): Promise<void> {
    await this.#redis.run((client) => client.del(attemptsKey(roomId))).catch(() => {}); // it runs out
  }

  async #count(roomId: string): Promise<number> {
    return await this.#redis.run(async (client) => {
      const key = attemptsKey(roomId);
      const replies = await client.multi().incr(key).expire(key, COUNTED_FOR_S, 'NX').exec();
      return replies![0]![1] as number;
    });
  }
}

/** It is another's by now, or no more. */
function unlessRefused(error: unknown): void {
  if (!(error instanceof StoreError)) throw error;
}
