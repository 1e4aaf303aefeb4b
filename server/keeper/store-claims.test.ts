import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { RedisServer } from '../../test/support/redis-server.ts';
import { NOBODY } from '../failover/room-claims.ts';
import { RedisConnection } from '../redis/redis-connection.ts';
import { RedisStore } from '../store/redis-store.ts';
import { type StoreClaim, StoreClaims } from './store-claims.ts';

let server: RedisServer;
let redis: RedisConnection;
let store: RedisStore;
const first = { tick: 0, fingerprint: new Uint8Array(1), body: new Uint8Array(1) };

beforeAll(async () => {
  server = await RedisServer.start();
  redis = new RedisConnection({ uri: server.uri });
  await redis.open(5_000);
  store = new RedisStore({ redis });
});

afterAll(async () => {
  redis.close();
  await server.close();
});

const claimsOf = (node: string): StoreClaims => new StoreClaims(store, redis, node);
const claimed = (claim: StoreClaim | string): StoreClaim => {
  if (typeof claim === 'string') throw new Error(claim);
  return claim;
};

describe('claims of rooms in the store', () => {
  it('are won once, and by whoever names the owner of now', async () => {
    await store.create('r1', { node: 'a/1' }, first);
    const [b, c] = [claimsOf('b/1'), claimsOf('c/1')];
    expect(await b.claim('r1', 'c/1')).toBe('lost');
    const results = await Promise.all([b.claim('r1', 'a/1'), c.claim('r1', 'a/1')]);
    expect(results.filter((result) => result === 'lost').length).toBe(1);
    expect(claimed(results.find((result) => result !== 'lost')!)).toMatchObject({ epoch: 2, attempts: 1 });
    expect(await b.claim('nowhere', 'a/1')).toBe('gone');
  });

  it('that are given up leave the room to nobody, of whom it can be claimed', async () => {
    await store.create('r2', { node: 'a/2' }, first);
    const b = claimsOf('b/2');
    await b.release('r2', claimed(await b.claim('r2', 'a/2')));
    expect(await b.owners()).toContain(NOBODY);
    expect(await b.roomsOf(NOBODY)).toEqual(['r2']);
    expect(claimed(await claimsOf('c/2').claim('r2', NOBODY))).toMatchObject({ epoch: 4, attempts: 2 });
  });

  it('are counted until the room runs, and the count runs out', async () => {
    await store.create('r3', { node: 'a/3' }, first);
    const nodes = ['b/3', 'c/3', 'd/3'];
    let from = 'a/3';
    for (const [i, node] of nodes.entries()) {
      expect(await claimsOf(node).attempts('r3')).toBe(i);
      expect(claimed(await claimsOf(node).claim('r3', from)).attempts).toBe(i + 1);
      from = node;
    }
    expect(await redis.client.ttl('velarium:{r3}:attempts')).toBeGreaterThan(0);
    await claimsOf(from).runs('r3');
    expect(await claimsOf('e/3').attempts('r3')).toBe(0);
    expect(claimed(await claimsOf('e/3').claim('r3', from)).attempts).toBe(1);
  });

  it('of a room that is set aside find none, and what there was of it is kept', async () => {
    await store.create('r4', { node: 'a/4' }, first);
    const b = claimsOf('b/4');
    await b.setAside('r4', claimed(await b.claim('r4', 'a/4')));
    expect(await b.claim('r4', 'b/4')).toBe('gone');
    expect(await redis.client.exists('velarium:{r4}:aside:snapshot')).toBe(1);
  });
});
