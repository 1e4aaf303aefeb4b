import { readFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { play } from '../examples/dot/client.ts';
import { start } from '../examples/dot/server.ts';
import type { RunningServer } from '../server/serve.ts';
import { until } from './support/until.ts';

const ROOT = path.join(import.meta.dirname, '..');
const EXAMPLE = ['examples/dot/shared.ts', 'examples/dot/server.ts', 'examples/dot/client.ts'];
const read = (file: string): string => readFileSync(path.join(ROOT, file), 'utf8');

let server: RunningServer;

beforeAll(async () => {
  server = await start(0);
});

afterAll(async () => {
  await server.close();
});

describe('the example of the README', () => {
  it('stands in it to the letter, and is less than 60 lines', () => {
    const readme = read('README.md');
    for (const file of EXAMPLE) expect(readme).toContain(`\`\`\`ts\n// ${file}\n${read(file)}\`\`\``);
    const lines = EXAMPLE.map(read)
      .join('')
      .split('\n')
      .filter((line) => line.trim() !== '');
    expect(lines.length).toBeLessThan(60);
  });

  it('runs: the own dot moves at once, the server agrees, the other sees it', async () => {
    const endpoint = `http://127.0.0.1:${server.port}`;
    const ada = await play(endpoint);
    const bob = await play(endpoint);
    await until('the own dot moves', () => {
      ada.frame(1, 0);
      return ada.own.state.x > 0;
    });
    expect(ada.me.x).toBe(0); // long before the server's answer
    await until('it has gone far', () => {
      ada.frame(1, 0);
      return ada.me.x >= 60;
    });
    await until('it rests, and the server agrees to the bit', () => {
      ada.frame(0, 0);
      return ada.own.state.x === ada.me.x && ada.at(ada.me).x === ada.me.x;
    });
    const adaAtBob = bob.room.state.dots.get(ada.room.sessionId)!;
    await until('the other draws it there', () => {
      bob.frame(0, 0);
      return bob.at(adaAtBob).x === ada.me.x;
    });
    await Promise.all([ada.room.leave(), bob.room.leave()]);
  });
});
