import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { type Browser, chromium, type Page } from 'playwright-core';
import { ArenaServer } from './support/arena-server.ts';
import { CHROMIUM_SWITCHES, findChromium } from './support/chromium.ts';

let server: ArenaServer;
let browser: Browser;

beforeAll(async () => {
  server = await ArenaServer.start({}, 'examples/dot/main.ts');
  browser = await chromium.launch({ executablePath: findChromium()!, args: CHROMIUM_SWITCHES });
}, 60_000);

afterAll(async () => {
  await browser?.close();
  await server?.stop();
});

/** The colours that a page shows along its middle, from left to right, each once. */
const coloursOf = (page: Page): Promise<string[]> =>
  page.evaluate(() => {
    const { width, height } = document.querySelector('canvas')!;
    const row = document
      .querySelector('canvas')!
      .getContext('2d')!
      .getImageData(0, height / 2, width, 1).data;
    const names: Record<string, string> = { '220,20,60': 'own', '70,130,180': 'other' };
    const seen: string[] = [];
    for (let x = 0; x < width; x++) {
      const name = names[row.slice(4 * x, 4 * x + 3).join()];
      if (name !== undefined && seen.at(-1) !== name) seen.push(name);
    }
    return seen;
  });

const shows = async (page: Page, wanted: string): Promise<void> => {
  for (let seen = ''; seen !== wanted; seen = (await coloursOf(page)).join(' ')) await page.waitForTimeout(20);
};

it('the example is a game: two windows see each other move', async () => {
  const errors: Error[] = [];
  const [ada, bob] = [await browser.newPage(), await browser.newPage()];
  for (const page of [ada, bob]) {
    page.on('pageerror', (error) => errors.push(error));
    await page.goto(server.url);
    await page.waitForSelector('canvas');
  }
  await ada.bringToFront();
  await ada.keyboard.down('ArrowRight');
  await shows(ada, 'other own');
  await ada.keyboard.up('ArrowRight');
  await bob.bringToFront();
  await shows(bob, 'own other');
  expect(errors).toEqual([]);
}, 60_000);
