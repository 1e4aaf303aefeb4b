import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadTrace, readTrace, writeTrace } from './trace-file.ts';
import type { Trace } from './trace.ts';

const TRACE: Trace = {
  name: 'two',
  hz: 30,
  frames: 2,
  entities: 2,
  fields: [
    { name: 'x', kind: 'linear', precision: 0.01 },
    { name: 'heading', kind: 'angle', precision: 1, turn: 4096 },
    { name: 'hull', kind: 'uint', precision: 1 },
    { name: 'spin', kind: 'quaternion', precision: 0.001 },
  ],
  values: new Float32Array([
    ...[1.5, 4095, 100, 0, 0, 0, 1],
    ...Array<number>(7).fill(NaN),
    ...[-1.5, 0, 0, 0.5, -0.5, 0.5, -0.5],
    ...[0, 0, 255, 1, 0, 0, 0],
  ]),
};

function headerWith(change: Record<string, unknown>): Buffer {
  const { values: _, ...header } = TRACE;
  return Buffer.concat([Buffer.from(`${JSON.stringify({ ...header, ...change })}\n`), Buffer.alloc(2 * 2 * 7 * 4)]);
}

function refused(code: string, message: RegExp): unknown {
  return expect.objectContaining({ name: 'TraceError', code, message: expect.stringMatching(message) });
}

describe('a trace as a file', () => {
  it('is one line of JSON, then little-endian float32', () => {
    const bytes = writeTrace(TRACE);
    const end = bytes.indexOf('\n');
    expect(JSON.parse(bytes.toString('utf8', 0, end))).toMatchObject({ name: 'two', frames: 2, entities: 2 });
    expect([...bytes.subarray(end + 1, end + 5)]).toEqual([0, 0, 0xc0, 0x3f]); // 1.5
    expect(bytes.length).toBe(end + 1 + 2 * 2 * 7 * 4);
  });

  it('comes back as it went', () => {
    expect(readTrace(writeTrace(TRACE))).toEqual(TRACE);
  });

  it('may have numbers of any alignment', () => {
    for (const name of ['a', 'ab', 'abc', 'abcd']) {
      expect(readTrace(writeTrace({ ...TRACE, name })).values).toEqual(TRACE.values);
    }
  });

  it('takes the precision of a uint for 1', () => {
    const fields = Array.from({ length: 7 }, (_, i) => ({ name: `f${i}`, kind: 'uint', precision: i }));
    expect(readTrace(headerWith({ fields })).fields[6]).toEqual({ name: 'f6', kind: 'uint', precision: 1 });
  });

  it.each([
    ['no line', Buffer.alloc(100_000, 'x'), /no line of JSON in the first 65536 bytes/],
    ['nothing', Buffer.alloc(0), /no line of JSON/],
    ['no JSON', Buffer.from('x\n'), /first line is not JSON/],
    ['a list', Buffer.from('[]\n'), /the header must be an object/],
    ['no name', headerWith({ name: '' }), /^name must be/],
    ['a name that moves the cursor', headerWith({ name: '\u001b[2J' }), /^name must be/],
    ['no rate', headerWith({ hz: 0 }), /^hz must be/],
    ['a rate in words', headerWith({ hz: '30' }), /^hz must be/],
    ['one frame', headerWith({ frames: 1 }), /^frames must be/],
    ['half a frame', headerWith({ frames: 2.5 }), /^frames must be/],
    ['too many entities', headerWith({ entities: 65_536 }), /^entities must be an integer from 1 to 65535/],
    ['no fields', headerWith({ fields: [] }), /^fields must be/],
    ['no list of fields', headerWith({ fields: {} }), /^fields must be/],
    ['a field without a name', headerWith({ fields: [{ kind: 'linear', precision: 1 }] }), /^fields\[0\]\.name/],
    ['an unknown kind', headerWith({ fields: [{ name: 'x', kind: 'int', precision: 1 }] }), /^fields\[0\]\.kind/],
    ['no precision', headerWith({ fields: [{ name: 'x', kind: 'linear' }] }), /^fields\[0\]\.precision/],
    ['a precision of 0', headerWith({ fields: [{ name: 'x', kind: 'linear', precision: 0 }] }), /precision/],
    ['no turn', headerWith({ fields: [{ name: 'x', kind: 'angle', precision: 1, turn: 0 }] }), /^fields\[0\]\.turn/],
    [
      'one name twice',
      headerWith({ fields: [TRACE.fields[0], TRACE.fields[0]] }),
      /^fields must be of different names/,
    ],
    [
      '64 columns',
      headerWith({ fields: Array.from({ length: 64 }, (_, i) => ({ name: `f${i}`, kind: 'uint' })) }),
      /^fields must be at most 63/,
    ],
  ])('is refused with %s', (_, bytes, message) => {
    expect(() => readTrace(bytes)).toThrow(refused('bad-header', message) as Error);
  });

  it.each([-4, -1, 1, 4])('is refused when its length is %i bytes off', (off) => {
    const whole = writeTrace(TRACE);
    const bytes = off < 0 ? whole.subarray(0, off) : Buffer.concat([whole, Buffer.alloc(off)]);
    expect(() => readTrace(bytes)).toThrow(refused('wrong-length', /need 112 bytes after the header/) as Error);
  });

  it.each([
    [0, Infinity, /frame 0, entity 0: x is Infinity/],
    [1, NaN, /frame 0, entity 0: is NaN in some columns/],
    [7, 1, /frame 0, entity 1: is NaN in some columns/],
    [16, 0.5, /frame 1, entity 0: hull is 0.5, not an unsigned/],
    [16, -1, /hull is -1/],
    [16, 2 ** 32, /hull is 4294967296/],
    [27, 1, /frame 1, entity 1: spin has length 1\.41/],
  ])('is refused when value %i is %d', (index, value, message) => {
    const values = TRACE.values.slice();
    values[index] = value;
    expect(() => readTrace(writeTrace({ ...TRACE, values }))).toThrow(refused('bad-value', message) as Error);
  });
});

describe('loading a trace', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'trace-'));
  });
  afterAll(() => rm(folder, { recursive: true }));

  it('reads a file', async () => {
    await writeFile(join(folder, 'two.trace'), writeTrace(TRACE));
    await expect(loadTrace(join(folder, 'two.trace'))).resolves.toEqual(TRACE);
  });

  it('says so where there is none', async () => {
    await expect(loadTrace(join(folder, 'none'))).rejects.toEqual(refused('unreadable', /no such file/));
    await expect(loadTrace(folder)).rejects.toEqual(refused('unreadable', /not a file/));
  });

  it('does not wait for a device', async () => {
    await expect(loadTrace('/dev/zero')).rejects.toEqual(refused('unreadable', /not a file/));
  });
});
