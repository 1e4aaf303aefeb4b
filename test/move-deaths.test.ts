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

/** Resolves when these nodes know each other, and nobody else. */
async function know(all: readonly ArenaServer[]): Promise<void> {
  for (const node of all) {
    await untilAnswer(
      'the nodes know each other',
      () => processIdsAt(node),
      ({ length }) => length === all.length,
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
      const ada = new Teller(await connect<TallyRoom>(nodes[0]!.url, { room: 'tally', create: true }));
      const { roomId, sessionId } = ada.room;
      const [owner, target] =
        (await ownIdOf(nodes[0]!)) === ada.processId ? [nodes[0]!, nodes[1]!] : [nodes[1]!, nodes[0]!];
      const [victim, survivor] = who === 'its target' ? [target, owner] : [owner, target];
      const isTime = await said(kind);
      const asked = fetch(`${owner.url}/admin/rooms/${roomId}/move`, { method: 'POST' }).catch(() => {});
      await isTime();
      await victim.stop();
      const there = await ownIdOf(survivor);
      await untilAnswer(
        'she is at the node that lives',
        () => Promise.resolve(ada.connection.isOpen && ada.processId === there),
        Boolean,
      );
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
