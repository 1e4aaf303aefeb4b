import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { connect, type ConnectedRoom } from '../client/connect.ts';
import { openWebSocket, type OpenSocket } from '../client/socket.ts';
import type { ArenaRoom } from '../server/arena/arena-room.ts';
import { ArenaServer } from './support/arena-server.ts';
import { startPoolNode } from './support/pool-node.ts';
import { RedisServer } from './support/redis-server.ts';
import { until, untilAnswer } from './support/until.ts';

let redis: RedisServer;
let nodes: [ArenaServer, ArenaServer];
let room: ConnectedRoom<ArenaRoom> | undefined;

beforeAll(async () => {
  ArenaServer.build();
  redis = await RedisServer.start();
  nodes = [await startPoolNode(redis.uri), await startPoolNode(redis.uri)];
}, 60_000);

afterEach(async () => {
  await room?.leave();
  room = undefined;
});

afterAll(async () => {
  for (const node of nodes) await node.stop();
  await redis.close();
});

/** Connections in the order in which they are opened, and where each is led in spite of its address. */
function misled(...ways: (ArenaServer | undefined)[]): { openSocket: OpenSocket; urls: string[] } {
  const urls: string[] = [];
  const openSocket: OpenSocket = (url, protocols, headers) => {
    const way = ways[urls.length];
    const there = new URL(url);
    if (way !== undefined) there.host = new URL(way.url).host;
    urls.push(there.host);
    return openWebSocket(there.toString(), protocols, headers);
  };
  return { openSocket, urls };
}

const hostOf = (node: ArenaServer): string => new URL(node.url).host;

/** A room, and which of the nodes has it. */
async function createRoom(): Promise<{ roomId: string; owner: ArenaServer; other: ArenaServer }> {
  const first = await connect<ArenaRoom>(nodes[0].url, { room: 'arena', create: true });
  const home = (await (await fetch(`${nodes[0].url}/admin/route/any/${first.roomId}`)).json()) as { address: string };
  const isFirst = home.address.endsWith(nodes[0].url.slice(nodes[0].url.lastIndexOf(':')));
  room = first;
  return { roomId: first.roomId, owner: isFirst ? nodes[0] : nodes[1], other: isFirst ? nodes[1] : nodes[0] };
}

describe('a client that connects to a node that does not have its room (K7)', () => {
  it('is sent on, and joins', async () => {
    const { roomId, owner, other } = await createRoom();
    const { openSocket, urls } = misled(other);
    const guest = await connect<ArenaRoom>(owner.url, { room: 'arena', roomId, openSocket });
    expect(urls).toEqual([hostOf(other), hostOf(owner)]);
    expect(guest.roomId).toBe(roomId);
    expect(guest.state.ships.has(guest.sessionId)).toBe(true);
    await guest.leave();
  });

  it('is sent on when it comes back with its session, which goes on', async () => {
    const { roomId, owner, other } = await createRoom();
    const { openSocket, urls } = misled(undefined, other);
    const guest = await connect<ArenaRoom>(owner.url, { room: 'arena', roomId, openSocket });
    const ship = guest.state.ships.get(guest.sessionId);
    let back = false;
    guest.onReconnect(() => (back = true));
    guest.connection.close(4010);
    await until('the session is back', () => back);
    expect(urls).toEqual([hostOf(owner), hostOf(other), hostOf(owner)]);
    expect(guest.state.ships.get(guest.sessionId)).toBe(ship);
    await guest.leave();
  });

  it('every node knows where the session is at home, and keeps no token', async () => {
    const { roomId } = await createRoom();
    const [a, b] = await Promise.all(
      nodes.map(async ({ url }) => {
        const ask = () => fetch(`${url}/admin/sessions/${room!.sessionId}`);
        return (await untilAnswer('the session is known', ask, ({ ok }) => ok)).json();
      }),
    );
    expect(a).toEqual(b);
    expect(a).toMatchObject({ roomId });
    expect(JSON.stringify(a)).not.toContain(room!.reconnectionToken.split(':')[1]);
  });

  it('is told that there is no such room, where there is none, and not sent on', async () => {
    const { roomId, owner, other } = await createRoom();
    const { openSocket, urls } = misled(other);
    const astray: OpenSocket = (url, ...rest) => openSocket(url.replace(roomId, 'nowhere'), ...rest);
    const guest = connect<ArenaRoom>(owner.url, { room: 'arena', roomId, openSocket: astray });
    await expect(guest).rejects.toMatchObject({ code: 524 });
    expect(urls).toEqual([hostOf(other)]);
  });
});
