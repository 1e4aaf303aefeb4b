import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Client } from 'colyseus.js';
import { RedisServer } from '../../test/support/redis-server.ts';
import { until } from '../../test/support/until.ts';

/**
 * How long Redis is away. `OUTAGE_MS=30000 npm test -- server/redis/outage` is the long run: as it comes, ioredis takes
 * ten seconds to give a command up, and stock Colyseus dies of that; here stock is made to give up sooner.
 */
const OUTAGE_MS = Number(process.env['OUTAGE_MS'] ?? 1_500);
/** Stock then still waits for one command after another before it has ended: 43 s were measured. */
const STOCK_ENDS_WITHIN_MS = 90_000;
const STOCK_PATIENCE = OUTAGE_MS > 12_000 ? 'long' : 'short';

let redis: RedisServer;
const nodes: Node[] = [];

beforeEach(async () => {
  redis = await RedisServer.start();
});

afterEach(async () => {
  for (const { child } of nodes.splice(0)) {
    if (child.exitCode !== null || child.signalCode !== null) continue;
    child.kill('SIGKILL');
    await once(child, 'exit');
  }
  await redis.close();
});

interface Node {
  child: ChildProcess;
  url: string;
  /** What it printed on stderr. */
  errors: () => string;
}

async function startNode(kind: string): Promise<Node> {
  const script = path.join(import.meta.dirname, 'outage-node.ts');
  const child = spawn(process.execPath, [script, kind, String(redis.port), STOCK_PATIENCE], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let out = '';
  let errors = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (out += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (errors += text));
  await until('the node listens', () => {
    if (child.exitCode !== null) throw new Error(`the node ended: ${errors}`);
    return /port \d+/.test(out);
  });
  const node = { child, url: `http://127.0.0.1:${/port (\d+)/.exec(out)![1]}`, errors: () => errors };
  nodes.push(node);
  return node;
}

async function join(node: Node, method = 'joinOrCreate'): Promise<{ status: number; text: string }> {
  const response = await fetch(`${node.url}/matchmake/${method}/test`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: '{}',
  });
  return { status: response.status, text: await response.text() };
}

describe('a node whose Redis is away while a client leaves and another one joins', () => {
  it.each([
    ['stock', 'is ended by it'],
    ['ours', 'goes on'],
  ])(
    '%s %s',
    async (kind, outcome) => {
      const node = await startNode(kind);
      const sdk = new Client(node.url);
      const [leaving, staying] = [await sdk.joinOrCreate('test'), await sdk.joinOrCreate('test')];
      expect(staying.roomId).toBe(leaving.roomId);
      let thrownOut = false;
      staying.onDrop(() => (thrownOut = true));
      staying.onLeave(() => (thrownOut = true));
      await redis.kill();
      const killedMs = performance.now();
      const left = leaving.leave();
      if (outcome !== 'goes on') {
        staying.reconnection.enabled = false;
        await until('the node has ended', () => node.child.exitCode !== null, STOCK_ENDS_WITHIN_MS);
        expect(node.child.exitCode).toBe(1);
        expect(node.errors()).toContain('MaxRetriesPerRequestError');
        return;
      }
      await left;
      // Whoever comes meanwhile is told so at once.
      let refused = await join(node);
      expect(refused.status).toBe(503);
      expect(JSON.parse(refused.text)).toMatchObject({ code: 503, error: expect.stringContaining('not available') });
      for (const method of ['join', 'create', 'joinById', 'reconnect']) {
        refused = await join(node, method);
        expect([method, refused.status]).toEqual([method, 503]);
      }
      await until('the outage is over', () => performance.now() - killedMs > OUTAGE_MS, OUTAGE_MS + 1_000);
      await redis.start();
      let answer: { status: number; text: string } | undefined;
      let asking: Promise<unknown> | undefined;
      await until('a join works again', () => {
        asking ??= join(node).then((reply) => {
          answer = reply;
          asking = undefined;
        });
        return answer?.status === 200;
      });
      // The room that was there all the time, with one client, and the listing knows.
      expect((JSON.parse(answer!.text) as { roomId: string }).roomId).toBe(staying.roomId);
      expect(node.child.exitCode).toBeNull();
      expect(thrownOut).toBe(false);
      expect(node.errors()).not.toMatch(/unhandled|MaxRetriesPerRequest|ECONNREFUSED/i);
      // It also ends in order.
      node.child.kill('SIGTERM');
      await once(node.child, 'exit');
      expect(node.child.exitCode).toBe(0);
    },
    OUTAGE_MS + STOCK_ENDS_WITHIN_MS + 10_000,
  );
});
