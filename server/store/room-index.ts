import type { RedisConnection } from '../redis/redis-connection.ts';
import type { RoomOwner } from './room-store.ts';
import { nodeRoomsKey, OWNER_KEY, ROOM_NODES_KEY, roomKeys } from './room-keys.ts';

/**
 * Which rooms a node owns. The sets lie in other slots than the rooms, so they are not written in one step with them:
 * they may name rooms that are another node's or no more, and whoever reads them puts that right. A room that is taken
 * over stays in its old owner's set until it is in the new one's, so that a node which dies in between is not the end of it.
 */
export class RoomIndex {
  readonly #redis: RedisConnection;
  readonly #ttlMs: number;

  constructor(redis: RedisConnection, ttlMs: number) {
    this.#redis = redis;
    this.#ttlMs = ttlMs;
  }

  /** Never rejects: the room's next snapshot does it again. */
  async add(roomId: string, node: string): Promise<void> {
    await this.#redis.run((client) => this.#adding(client.pipeline(), roomId, node).exec()).catch(() => {});
  }

  /** The room went from one node to another. Never rejects. */
  async move(roomId: string, from: string, to: string): Promise<void> {
    await this.#redis
      .run((client) => {
        const pipeline = this.#adding(client.pipeline(), roomId, to);
        return from === to ? pipeline.exec() : pipeline.srem(nodeRoomsKey(from), roomId).exec();
      })
      .catch(() => {});
  }

  /** Never rejects. */
  async remove(roomId: string, node: string): Promise<void> {
    await this.#redis.run((client) => client.srem(nodeRoomsKey(node), roomId)).catch(() => {});
  }

  /** The rooms of a node, as the rooms themselves say. @throws RedisUnavailableError */
  async roomsOf(node: string): Promise<RoomOwner[]> {
    const ids = await this.#redis.run((client) => client.smembers(nodeRoomsKey(node)));
    if (ids.length === 0) {
      await this.#redis.run((client) => client.srem(ROOM_NODES_KEY, node));
      return [];
    }
    const owners = await this.owners(ids);
    const rooms: RoomOwner[] = [];
    const mended: Promise<void>[] = [];
    for (const [i, owner] of owners.entries()) {
      if (owner?.node === node) rooms.push(owner);
      else if (owner === undefined) mended.push(this.remove(ids[i]!, node));
      else mended.push(this.move(ids[i]!, node, owner.node));
    }
    await Promise.all(mended);
    return rooms;
  }

  /** Of each room its owner, undefined for one that is no more. @throws RedisUnavailableError */
  async owners(roomIds: readonly string[]): Promise<(RoomOwner | undefined)[]> {
    const replies = await this.#redis.run(async (client) => {
      const pipeline = client.pipeline();
      for (const id of roomIds) pipeline.hmget(roomKeys(id)[OWNER_KEY]!, 'epoch', 'node', 'ended');
      return (await pipeline.exec())!.map(([error, reply]) => {
        if (error !== null) throw error;
        return reply as (string | null)[];
      });
    });
    return replies.map(([epoch, node, ended], i) => {
      if (epoch == null || ended != null) return undefined;
      return { roomId: roomIds[i]!, node: node!, epoch: Number(epoch) };
    });
  }

  /** @throws RedisUnavailableError */
  nodes(): Promise<string[]> {
    return this.#redis.run((client) => client.smembers(ROOM_NODES_KEY));
  }

  #adding<P extends ReturnType<RedisConnection['client']['pipeline']>>(pipeline: P, roomId: string, node: string): P {
    pipeline.sadd(nodeRoomsKey(node), roomId).pexpire(nodeRoomsKey(node), this.#ttlMs);
    pipeline.sadd(ROOM_NODES_KEY, node).pexpire(ROOM_NODES_KEY, this.#ttlMs);
    return pipeline;
  }
}
