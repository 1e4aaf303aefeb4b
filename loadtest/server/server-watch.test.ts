import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { ServerWatch } from './server-watch.ts';

const text = (ticks: number, notes: number, writes: number, entries: number, bytes: number) => `# TYPE t counter
velarium_tick_seconds_sum ${ticks}
velarium_journal_seconds_sum ${notes}
velarium_store_write_seconds_sum ${writes}
velarium_journal_entries_total ${entries}
velarium_journal_bytes_total ${bytes}
`;

describe('what a server says of itself', () => {
  let said: string;
  const http = createServer((_, response) => void response.end(said));
  const endpoint = () => `http://127.0.0.1:${(http.address() as AddressInfo).port}`;

  beforeEach(() => new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve)));
  afterEach(() => {
    http.closeAllConnections();
    return new Promise((resolve) => http.close(resolve));
  });

  const figuresFrom = async (before: string, after: string) => {
    let nowMs = 1_000;
    const watch = new ServerWatch(endpoint(), undefined, undefined, () => nowMs);
    said = before;
    await watch.begin();
    said = after;
    nowMs += 11_000;
    return watch.end();
  };

  it('includes what its journal took between the two', async () => {
    const { journal, seconds } = await figuresFrom(text(1, 0.5, 0.25, 100, 5_000), text(11, 1.5, 0.75, 300, 65_000));
    expect(journal).toEqual({ tickSeconds: 10, noteSeconds: 1, writeSeconds: 0.5, entries: 200, bytes: 60_000 });
    expect(seconds).toBe(11);
  });

  it('says nothing of a journal where none is written', async () => {
    expect(await figuresFrom(text(1, 0, 0, 0, 0), text(11, 0, 0, 0, 0))).not.toHaveProperty('journal');
  });
});
