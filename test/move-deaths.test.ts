import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { connect } from '../client/connect.ts';
import type { ArenaServer } from './support/arena-server.ts';
import { startPoolNode } from './support/pool-node.ts';
import { RedisServer } from './support/redis-server.ts';
import type { TallyRoom } from './support/tally-node.ts';
import { Teller } from './support/teller.ts';
import { until, untilAnswer } from './support/until.ts';

let redis: RedisServer;
let nodes: ArenaServer[] = [];

const start = (): Promise<ArenaServer> =>
  startPoolNode(redis.uri, { VELARIUM_LOG_LEVEL: 'silent' }, 'test/support/tally-node.ts');

const processIdsAt = async ({ url }: ArenaServer): Promise<string[]> =>
  ((await (await fetch(`${url}/admin/nodes`)).json()) as { processId: string }[]).map(({ processId }) => processId);

const ownIdOf = async (node: ArenaServer): Promise<string> => (await processIdsAt(node))[0]!;

/** Resolves when these nodes know each other, and nobody else: one that was killed is listed until its lease runs out. */
async function know(all: readonly ArenaServer[]): Promise<void> {
  const ids = (await Promise.all(all.map(ownIdOf))).sort();
  for (const node of all) {
    await untilAnswer(
      'the nodes know each other',
      () => processIdsAt(node),
      (known) => known.sort().join() === ids.join(),
    );
  }
}

beforeAll(async () => {
  redis = await RedisServer.start();
  nodes = await Promise.all([start(), start()]);
  await know(nodes);
}, 60_000);

afterAll(async () => {
  await Promise.all(nodes.map((node) => node.stop()));
  await redis.close();
});

/** Resolves when a node says this about a move. */
async function said(kind: string): Promise<() => Promise<void>> {
  const listener = new Redis(redis.uri);
  await listener.psubscribe('*');
  const heard = new Promise<void>((resolve) =>
    listener.on('pmessage', (_pattern, _channel, text: string) => text.includes(`"kind":"${kind}"`) && resolve()),
  );
  return async () => {
    await heard;
    listener.disconnect();
  };
}

describe('a room that moves goes on with everybody in it', () => {
  it.each([
    ['the node that it goes to is ready', 'ready', 'its target'],
    ['the node that it goes to is ready', 'ready', 'its owner'],
    ['it was claimed for the node that it goes to', 'yours', 'its target'],
    ['it was claimed for the node that it goes to', 'yours', 'its owner'],
  ])(
    'where, when %s (%s), %s is killed',
    async (_when, kind, who) => {
      // Nothing stands in front of the nodes: she asks the one that lives on.
      const [survivor, victim] = nodes as [ArenaServer, ArenaServer];
      const there = await ownIdOf(survivor);
      const ada = new Teller(await connect<TallyRoom>(survivor.url, { room: 'tally', create: true }));
      const { roomId, sessionId } = ada.room;
      const owner = who === 'its owner' ? victim : survivor;
      const ownerId = await ownIdOf(owner);
      if (ada.processId !== ownerId) {
        const moved = await fetch(`${survivor.url}/admin/rooms/${roomId}/move?to=${ownerId}`, { method: 'POST' });
        expect([moved.status, await moved.text()]).toEqual([200, expect.any(String)]);
      }
      await until('her room is where the test wants it', () => ada.connection.isOpen && ada.processId === ownerId);
      const isTime = await said(kind);
      const asked = fetch(`${owner.url}/admin/rooms/${roomId}/move`, { method: 'POST' }).catch(() => {});
      await isTime();
      await victim.stop();
      await until('she is at the node that lives', () => ada.connection.isOpen && ada.processId === there);
      const { updates } = ada;
      await until('it goes on', () => ada.updates > updates + 3);
      await ada.settles();
      expect([ada.room.sessionId, ada.room.state.joins]).toEqual([sessionId, 1]);
      await ada.leave();
      await asked;
      nodes = [survivor, await start()];
      await know(nodes);
    },
    60_000,
  );
});
