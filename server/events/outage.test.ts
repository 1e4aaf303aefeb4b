import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { RedisServer } from '../../test/support/redis-server.ts';
import { until } from '../../test/support/until.ts';
import { PoolPresence } from '../redis/pool-presence.ts';
import { RedisConnection } from '../redis/redis-connection.ts';
import { EventBus } from './event-bus.ts';

const readers = { news: (value: unknown) => (typeof value === 'string' ? value : undefined) };

/** A node's part of the pool: what events need of it. */
interface Node {
  redis: RedisConnection;
  presence: PoolPresence;
  events: EventBus<typeof readers>;
}

let server: RedisServer;
let here: Node;
let there: Node;

beforeEach(async () => {
  server = await RedisServer.start();
  [here, there] = [await start(), await start()];
});

afterEach(async () => {
  for (const { redis, presence } of [here, there]) {
    presence.shutdown();
    redis.close();
  }
  await server.close();
});

async function start(): Promise<Node> {
  const redis = new RedisConnection({ uri: server.uri, timeouts: { checkMs: 50, commandTimeoutMs: 300 } });
  await redis.open(5_000);
  const presence = new PoolPresence({ redis, checkMs: 100 });
  await presence.open();
  return { redis, presence, events: new EventBus(() => presence, readers) };
}

const goes = (node: Node) => until('Redis is away', () => !node.redis.health.available);
const returns = (node: Node) => until('Redis is back', () => node.redis.health.available);

/** Publishes `text` and a number, again and again, until `heard` has one of them. */
async function reaches({ events }: Node, text: string, heard: string[]): Promise<void> {
  let sent = 0;
  const timer = setInterval(() => void events.publish('news', `${text} ${++sent}`), 20);
  const isHeard = (): boolean => heard.some((news) => news.startsWith(`${text} `));
  await until(`${text} is heard`, isHeard).finally(() => clearInterval(timer));
}

describe('events of a pool whose Redis goes and comes back', () => {
  it.each([
    ['killed, and comes back empty', () => server.kill(), () => server.start()],
    ['frozen', () => Promise.resolve(server.freeze()), () => Promise.resolve(server.thaw())],
  ])('(%s)', async (_how, away, back) => {
    const [before, during, ended]: [string[], string[], string[]] = [[], [], []];
    const own: string[] = [];
    there.events.subscribe('news', (text) => before.push(text));
    const end = there.events.subscribe('news', (text) => ended.push(text));
    here.events.subscribe('news', (text) => own.push(text));
    await reaches(here, 'first', before);
    await reaches(here, 'first', own);

    await away();
    await Promise.all([goes(here), goes(there)]);
    const lost = ['lost 1', 'lost 2', 'lost 3'];
    // Each says at once that it did not go out, and throws nothing.
    for (const text of lost) expect(await here.events.publish('news', text)).toBe(false);
    there.events.subscribe('news', (text) => during.push(text));
    end();
    ended.length = 0;

    await back();
    await Promise.all([returns(here), returns(there)]);
    for (const heard of [before, during, own]) await reaches(here, 'again', heard);
    for (const heard of [before, during, own]) {
      // What is lost stays lost, and nothing comes twice, though there were several connections.
      expect(heard.filter((text) => lost.includes(text))).toEqual([]);
      expect(new Set(heard).size).toBe(heard.length);
    }
    expect(ended).toEqual([]);
    expect(await here.events.publish('news', 'at last')).toBe(true);
    await until('all have it', () => [before, during, own].every((heard) => heard.includes('at last')));
  });

  it('hold again where all subscriptions were made while it was away', async () => {
    await server.kill();
    await Promise.all([goes(here), goes(there)]);
    const heard: string[] = [];
    there.events.subscribe('news', (text) => heard.push(text));
    await server.start();
    await Promise.all([returns(here), returns(there)]);
    await reaches(here, 'news', heard);
    expect(await there.presence.channels()).toEqual(['velarium:event:news']);
  });
});
