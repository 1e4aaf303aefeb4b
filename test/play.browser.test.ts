import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Browser, chromium, type Page } from 'playwright-core';
import { type LocalPool, startPool } from '../pool/local-pool.ts';
import { ArenaServer } from './support/arena-server.ts';
import { CHROMIUM_SWITCHES, findChromium } from './support/chromium.ts';
import { until } from './support/until.ts';

/** How soon a page must show its ship again when its node was killed. */
const BACK_WITHIN_MS = 2_000;

let browser: Browser;
const said: string[] = [];

beforeAll(async () => {
  ArenaServer.build();
  browser = await chromium.launch({ executablePath: findChromium()!, args: CHROMIUM_SWITCHES });
}, 60_000);

afterAll(() => browser?.close());

async function open(url: string): Promise<Page> {
  const page = await browser.newPage({ viewport: { width: 640, height: 400 } });
  page.on('pageerror', (error) => console.error(error));
  await page.goto(`${url}/?name=Ada&bots=0`);
  await page.waitForFunction(() => window.arena?.me() !== undefined, undefined, { timeout: 60_000 });
  return page;
}

const nodeOf = (page: Page): Promise<string> => page.locator('#node-name').innerText();

describe('a page of a pool for play', () => {
  let pool: LocalPool;

  beforeAll(async () => {
    const environment = { VELARIUM_LOG_LEVEL: 'silent', VELARIUM_PLAY_KILL: 'true' };
    pool = await startPool({ nodes: 2, environment, startsAgain: true, say: (line) => said.push(line) });
  }, 60_000);

  afterAll(() => pool?.stop());

  it('names its node, and has a button that kills it: the same ship is there again on another node soon after', async () => {
    const page = await open(pool.url);
    await page.waitForFunction(() => document.querySelector('#node-name')!.textContent !== '');
    const before = await nodeOf(page);
    const dead = pool.nodes.find(({ processId }) => before === `server ${processId}`)!;
    const backMs = await page.evaluate(
      () =>
        new Promise<number>((resolve) => {
          const { room } = window.arena!;
          const ship = room.state.ships.get(room.sessionId);
          const button = document.querySelector<HTMLButtonElement>('#node-kill')!;
          let pressedMs = NaN;
          let isBack = false;
          room.onReconnect(() => (isBack = true));
          room.onStateChange(() => {
            const isSame = room.state.ships.get(room.sessionId) === ship && ship !== undefined;
            if (isBack) resolve(isSame ? performance.now() - pressedMs : Infinity);
          });
          const press = (): void => {
            if (button.hidden) return void setTimeout(press, 10);
            pressedMs = performance.now();
            button.click();
          };
          press();
        }),
    );
    expect(backMs).toBeLessThan(BACK_WITHIN_MS);
    expect(await dead.child.ended).toBe('signal SIGKILL');
    await page.waitForFunction((before) => document.querySelector('#node-name')!.textContent !== before, before);
    const living = pool.nodes.filter(({ child }) => child.running).map(({ processId }) => `server ${processId}`);
    expect(living).toContain(await nodeOf(page));
    await until('the dead node is started again', () => pool.nodes.every(({ child }) => child.running));
    expect(pool.nodes.map(({ name }) => name).sort()).toEqual(['node 1', 'node 2']);
    await page.close();
  }, 90_000);

  it('is not killed by pages of other origins, nor by who names another node', async () => {
    const [{ processId, url, child }] = pool.nodes as [(typeof pool.nodes)[number]];
    const kill = async (id: string, headers: Record<string, string>): Promise<number> =>
      (await fetch(`${url}/play/kill/${id}/room`, { method: 'POST', headers })).status;
    expect(await kill(processId, { origin: 'https://elsewhere.example' })).toBe(403);
    expect(await kill(processId, { origin: 'null' })).toBe(403);
    expect(await kill('another', {})).toBe(409);
    expect((await fetch(`${url}/play/kill/${processId}/room`)).status).toBe(404);
    expect(child.running).toBe(true);
  });
});

describe('a page of any other server', () => {
  it('names its node, and has no such button and no such route', async () => {
    const server = await ArenaServer.start({ VELARIUM_PLAY_KILL: '' });
    try {
      const page = await open(server.url);
      await page.waitForFunction(() => document.querySelector('#node-kill') === null);
      await page.waitForFunction(() => document.querySelector('#node-name')!.textContent !== '');
      const [own] = (await (await fetch(`${server.url}/admin/nodes`)).json()) as [{ processId: string }];
      expect(await nodeOf(page)).toBe(`server ${own.processId}`);
      const answer = await fetch(`${server.url}/play/kill/${own.processId}/room`, { method: 'POST' });
      expect(answer.status).toBe(404);
      await page.close();
    } finally {
      await server.stop();
    }
  }, 60_000);
});
