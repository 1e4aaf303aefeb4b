import { readFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ArenaServer } from './support/arena-server.ts';
import { RedisServer } from './support/redis-server.ts';

interface Panel {
  title: string;
  type: string;
  targets?: { expr: string }[];
}

const FILE = path.join(import.meta.dirname, '../deploy/grafana/dashboards/velarium.json');
const { panels } = JSON.parse(readFileSync(FILE, 'utf8')) as { panels: Panel[] };
const charts = panels.filter(({ type }) => type !== 'row');
const METRIC = /\b(?:velarium|process|nodejs)_\w+/g;
/** What Prometheus adds to the name of a histogram. */
const PART = /_(?:bucket|sum|count)$/;

let redis: RedisServer;
let node: ArenaServer;
/** Type of each metric, by name. */
const types = new Map<string, string>();

beforeAll(async () => {
  ArenaServer.build();
  redis = await RedisServer.start();
  node = await ArenaServer.start({ REDIS_URI: redis.uri, VELARIUM_LOG_LEVEL: 'silent' });
  const metrics = await (await fetch(`${node.url}/metrics`)).text();
  for (const [, name, type] of metrics.matchAll(/^# TYPE (\S+) (\S+)$/gm)) types.set(name!, type!);
}, 120_000);

afterAll(async () => {
  await node.stop();
  await redis.close();
});

describe('the dashboard', () => {
  it.each(charts.map(({ title, targets = [] }) => [title, targets.map(({ expr }) => expr)] as const))(
    '"%s" draws what a node has to tell',
    (_title, expressions) => {
      expect(expressions.length).toBeGreaterThan(0);
      for (const expression of expressions) {
        const names = expression.match(METRIC) ?? [];
        expect(names.length).toBeGreaterThan(0);
        for (const name of names) {
          const type = types.get(name) ?? types.get(name.replace(PART, ''));
          expect([name, type]).toEqual([name, expect.any(String)]);
          // A counter or a histogram says something as a rate only, and a gauge as it is.
          const isRate = expression.includes(`rate(${name}`);
          expect([name, isRate]).toEqual([name, type !== 'gauge']);
        }
      }
    },
  );

  it('leaves out nothing of what velarium counts', () => {
    const drawn = new Set(
      charts.flatMap(({ targets = [] }) => targets.flatMap(({ expr }) => expr.match(METRIC) ?? [])),
    );
    const counted = [...types.keys()].filter((name) => name.startsWith('velarium_'));
    expect(counted.filter((name) => !drawn.has(name) && !drawn.has(`${name}_bucket`))).toEqual([]);
  });
});
