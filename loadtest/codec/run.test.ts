import { describe, expect, it } from '@jest/globals';
import { BenchError } from './child.ts';
import type { FullReport } from './report.ts';
import { reportOn } from './report.ts';
import { run } from './run.ts';
import { sines } from './scenes/sines.ts';
import { schemaQuantizedContender } from './schema-contender.ts';
import type { Source } from './source.ts';

const REPORT: FullReport = {
  name: 'sines',
  hz: 30,
  frames: 11,
  entities: 100,
  bytes: 1_000,
  bytesPerFrame: 100,
  kBps: 3,
  schemaFloat32Bytes: 8_000,
  schemaQuantizedBytes: 5_000,
  encodeNsPerEntity: 50,
  decodeNsPerEntity: 60,
  schemaEncodeNsPerEntity: 100,
  schemaDecodeNsPerEntity: 200,
  exact: true,
  maxError: 0.5,
  setNsPerEntity: 30,
  schemaSetNsPerEntity: 20,
  schemaFloat32EncodeNsPerEntity: 110,
  schemaFloat32DecodeNsPerEntity: 210,
};
const PUBLISHED = [
  ...['name', 'hz', 'frames', 'entities', 'bytes', 'bytesPerFrame', 'kBps', 'schemaFloat32Bytes'],
  ...['schemaQuantizedBytes', 'encodeNsPerEntity', 'decodeNsPerEntity', 'schemaEncodeNsPerEntity'],
  ...['schemaDecodeNsPerEntity', 'exact', 'maxError', 'setNsPerEntity', 'schemaSetNsPerEntity'],
];
const SOURCES: Source[] = [
  { kind: 'scene', name: 'sines' },
  { kind: 'trace', path: 'a.trace' },
];

async function runWith(bench: (source: Source) => Promise<FullReport>, json: boolean) {
  let printed = '';
  const progress: string[] = [];
  const outlets = { print: (text: string) => void (printed += text), progress: (line: string) => progress.push(line) };
  const code = await run({ sources: SOURCES, json }, bench, outlets);
  return { code, printed, progress };
}

describe('the benchmark', () => {
  it('prints one JSON array with an object for each trace', async () => {
    const { code, printed } = await runWith(() => Promise.resolve(REPORT), true);
    const [first, second, ...more] = JSON.parse(printed) as Record<string, unknown>[];
    expect(Object.keys(first!)).toEqual(PUBLISHED);
    expect([second, more]).toEqual([first, []]);
    expect(code).toBe(0);
  });

  it('prints a table with the same in kilobytes a second, and how many times as much Schema sends', async () => {
    const { printed } = await runWith(() => Promise.resolve(REPORT), false);
    expect(printed).toMatch(/sines +30 +100 +100\.0 +3\.00 +15\.00 \(5\.0\) +24\.00 \(8\.0\) +30\.0 +20\.0 +50\.0/);
  });

  it('tells how far it is', async () => {
    const { progress } = await runWith(() => Promise.resolve(REPORT), false);
    expect(progress).toEqual(['1/2 sines', '2/2 a.trace']);
  });

  it('ends with 1, and prints nothing, at a trace that it cannot read', async () => {
    const bad = (source: Source) =>
      source.kind === 'trace' ? Promise.reject(new BenchError('not a file')) : Promise.resolve(REPORT);
    const { code, printed, progress } = await runWith(bad, true);
    expect([code, printed, progress.at(-1)]).toEqual([1, '', 'a.trace: not a file']);
  });

  it.each([{ exact: false }, { maxError: 1.01 }, { maxError: Infinity }])('ends with 1 at %j', async (flaw) => {
    expect((await runWith(() => Promise.resolve({ ...REPORT, ...flaw }), true)).code).toBe(1);
  });
});

describe('a report', () => {
  it('adds up', () => {
    const candidate = schemaQuantizedContender;
    const report = reportOn(sines(11), { race: { minRounds: 1, maxRounds: 1 }, candidate });
    expect(report).toMatchObject({ name: 'sines', hz: 30, frames: 11, entities: 100, exact: true });
    expect(report.bytes).toBe(report.schemaQuantizedBytes);
    expect(report.bytesPerFrame).toBe(report.bytes / 10);
    expect(report.kBps).toBeCloseTo((report.bytes * 30) / 10 / 1000);
    expect(report.schemaFloat32Bytes).toBeGreaterThan(report.schemaQuantizedBytes);
    expect(report.maxError).toBeLessThan(0.501);
    expect(Object.values(report).every((value) => typeof value !== 'number' || Number.isFinite(value))).toBe(true);
  });
});
