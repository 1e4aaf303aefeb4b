/**
 * For tests: a process that runs heartbeat, detector, fence and claims on a real Redis, and "rooms" that do nothing but
 * write their journal at 60 Hz. Prints what happens, a JSON line each.
 *
 *     node test/support/failover-node.ts REDIS_URI NODE_ID INCARNATION
 *
 * A room's journal is a stream with ids `<epoch>-<sequence>`; each entry names the owner. Redis refuses an id that is
 * not above the last, so of two claims of one epoch one fails, and so does every late write of an earlier owner.
 */
import { writeSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { memberKey } from '../../server/failover/beat-board.ts';
import { Failover } from '../../server/failover/failover.ts';
import type { RoomFence } from '../../server/failover/fence.ts';
import { probeHttp } from '../../server/failover/probe.ts';
import { RedisBeatBoard } from '../../server/failover/redis-beat-board.ts';
import { NOBODY } from '../../server/failover/room-claims.ts';
import type { Claimed, RoomClaims } from '../../server/failover/room-claims.ts';
import { RedisConnection } from '../../server/redis/redis-connection.ts';

const [uri, nodeId, incarnation] = process.argv.slice(2) as [string, string, string];
const own = { nodeId, incarnation };
const key = memberKey(own);

const print = (line: object): void => void writeSync(1, `${JSON.stringify({ atMs: Date.now(), ...line })}\n`);
const journal = (roomId: string): string => `journal:${roomId}`;
const timeouts = { commandTimeoutMs: 400, checkMs: 100 };
const redis = new RedisConnection({ uri, timeouts });
const beats = new RedisConnection({ uri, timeouts });

async function append(roomId: string, id: string, owner: string): Promise<boolean> {
  try {
    await redis.run((client) => client.xadd(journal(roomId), 'MAXLEN', '~', 10_000, id, 'owner', owner));
    return true;
  } catch (error) {
    if (error instanceof Error && error.message.includes('equal or smaller')) return false;
    throw error;
  }
}

async function last(roomId: string): Promise<{ epoch: number; owner: string } | undefined> {
  const [entry] = await redis.run((client) => client.xrevrange(journal(roomId), '+', '-', 'COUNT', 1));
  return entry && { epoch: Number(entry[0].split('-')[0]), owner: entry[1][1]! };
}

async function byOwner(): Promise<Map<string, string[]>> {
  const rooms = new Map<string, string[]>();
  for (const roomId of await redis.run((client) => client.smembers('rooms'))) {
    const owner = (await last(roomId))!.owner;
    rooms.set(owner, [...(rooms.get(owner) ?? []), roomId]);
  }
  return rooms;
}

const claims: RoomClaims<Claimed> = {
  owners: async () => [...(await byOwner()).keys()],
  roomsOf: async (owner) => (await byOwner()).get(owner) ?? [],
  claim: async (roomId, from) => {
    const head = await last(roomId);
    if (head === undefined) return 'gone';
    const epoch = head.epoch + 1;
    const won = head.owner === from && (await append(roomId, `${epoch}-0`, key));
    return won ? { epoch, attempts: 1 } : 'lost';
  },
  attempts: () => Promise.resolve(0),
  release: async (roomId, { epoch }) => void (await append(roomId, `${epoch + 1}-0`, NOBODY)),
  setAside: async (roomId) => void (await redis.run((client) => client.srem('rooms', roomId))),
};

const rooms = new Map<string, { epoch: number; sequence: number; guard: RoomFence }>();

function run(roomId: string, epoch: number, term: number): void {
  const letGo = (): void => {
    rooms.delete(roomId);
    print({ kind: 'let-go', roomId, epoch });
  };
  const guard = failover.fence.guard(
    {
      paused: () => {},
      resumed: () => {},
      lost: letGo,
      stillOwned: async () => {
        const head = await last(roomId);
        return head?.owner === key && head.epoch === epoch;
      },
    },
    term,
  );
  rooms.set(roomId, { epoch, sequence: 1, guard });
}

/** What a room does in a tick: nothing, when it is fenced. */
function tick(): void {
  for (const [roomId, room] of rooms) {
    if (room.guard.isFenced(performance.now())) continue;
    const { epoch, guard } = room;
    append(roomId, `${epoch}-${room.sequence++}`, key).then(
      (accepted) => {
        if (accepted || rooms.get(roomId) !== room) return;
        guard.end();
        rooms.delete(roomId);
        print({ kind: 'refused', roomId, epoch });
      },
      () => {}, // Redis is away; the fence closes soon
    );
  }
}

const http = createServer((_request, response) => response.end('{}'));
await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
await Promise.all([redis.open(5_000), beats.open(5_000)]);
await redis.client.hset('addresses', key, `127.0.0.1:${(http.address() as AddressInfo).port}`);

const failover = new Failover<Claimed>({
  own,
  board: new RedisBeatBoard(beats),
  claims,
  adopt: async (roomId, { epoch }, term) => run(roomId, epoch, term),
  holds: (roomId) => rooms.has(roomId),
  weight: () => 50,
  probe: async (other) => probeHttp((await redis.client.hget('addresses', other)) ?? undefined),
  report: ({ kind, ...rest }) => print({ kind, ...rest }),
  clock: {
    now: () => performance.now(),
    setTimeout: (callback, delayMs) => setTimeout(callback, delayMs),
    clearTimeout: (handle) => clearTimeout(handle as NodeJS.Timeout | undefined),
  },
  random: Math.random,
});
for (const roomId of await claims.roomsOf(key)) run(roomId, 1, failover.fence.term);
failover.start();
setInterval(tick, 1_000 / 60);
print({ kind: 'started' });
