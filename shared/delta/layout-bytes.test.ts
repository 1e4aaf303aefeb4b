import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { bytes, concat, hex } from '../../test/support/bytes.ts';
import { Random } from '../../test/support/random.ts';
import { refusalCode, refusalsOfEveryCut } from '../../test/support/wire-errors.ts';
import { angle, fixed, flag, int, live, quaternion, quaternionClass, uint } from '../live/live.ts';
import type { LiveFieldSpec } from '../live/live-field-spec.ts';
import { layoutFrom, layoutSpecs, liveLayoutOf } from '../live/live-layout.ts';
import { encodeLayouts, MOST_CLASSES, MOST_STREAM_FIELDS, readLayouts, writeLayouts } from './layout-bytes.ts';
import { unitsOf } from './live-class.ts';

const Ship = live(
  {
    x: fixed(0.01),
    y: fixed(1e15, { min: 0, max: 2 ** 30 * 1e15 }),
    heading: angle(4096),
    hull: uint(2 ** 30),
    delta: int(-(2 ** 29), 2 ** 29),
    boost: flag(),
    rotation: quaternion(1e-5),
  },
  'BytesShip',
);
const specsOf = (klass: object): LiveFieldSpec[] => layoutSpecs(liveLayoutOf(klass)!);
const CLASSES = [specsOf(Ship), specsOf(quaternionClass(1e-5)), specsOf(quaternionClass(0.01)), []];

const read = (layout: Uint8Array): LiveFieldSpec[][] => {
  const cursor = { bytes: concat(bytes('ff'), layout), offset: 1 };
  const classes = readLayouts(cursor);
  expect(cursor.offset).toBe(1 + layout.length);
  return classes;
};

const fields = (count: number): LiveFieldSpec[] =>
  Array.from({ length: count }, (_, index) => ({ ...INT, index, name: `f${index}` }) as LiveFieldSpec);
/** Classes with as many fields as a class can have, and one with the rest. */
const filled = (count: number): LiveFieldSpec[][] => [
  ...new Array<LiveFieldSpec[]>(Math.floor(count / 63)).fill(fields(63)),
  fields(count % 63),
];

/** As it would be written by one who keeps no rule. */
const wrong = (...specs: Record<string, unknown>[]): Uint8Array => encodeLayouts([specs as unknown as LiveFieldSpec[]]);
const FIXED = { kind: 'fixed', index: 0, name: 'x', precision: 0.01, min: -5, max: 5 };
const INT = { kind: 'int', index: 0, name: 'x', min: -5, max: 5 };
const ANGLE = { kind: 'angle', index: 0, name: 'x', steps: 8, turn: 360 };
const FLAG = { kind: 'flag', index: 0, name: 'x' };
const QUATERNION = { kind: 'quaternion', index: 0, name: 'q', precision: 0.001 };

describe('layouts (D2)', () => {
  it.each<[what: string, classes: LiveFieldSpec[][], encoded: string]>([
    ['no class', [], '00'],
    ['a flag', [[{ kind: 'flag', index: 5, name: 'hit' }]], '01 01  03 05 03 68 69 74'],
    [
      'an int',
      [[{ kind: 'int', index: 62, name: 'x', min: 0, max: 100 }]],
      '01 01  01 3e 01 78  00 00 00 00 00 00 00 00  40 59 00 00 00 00 00 00',
    ],
    [
      'a fixed',
      [[{ kind: 'fixed', index: 0, name: 'é', precision: 0.25, min: -4, max: 4 }]],
      '01 01  00 00 02 c3 a9  3f d0 00 00 00 00 00 00  c0 10 00 00 00 00 00 00  40 10 00 00 00 00 00 00',
    ],
    [
      'an angle, and a quaternion of another class',
      [
        [{ kind: 'angle', index: 1, name: 'a', steps: 8, turn: 360 }],
        [{ kind: 'quaternion', index: 0, name: 'q', precision: 0.0078125 }],
      ],
      '02 01  02 01 01 61  40 20 00 00 00 00 00 00  40 76 80 00 00 00 00 00  01  04 00 01 71  3f 80 00 00 00 00 00 00',
    ],
  ])('[D2] %s is exactly these bytes', (_, classes, encoded) => {
    expect(hex(writeLayouts(classes))).toBe(hex(bytes(encoded)));
    expect(read(bytes(encoded))).toEqual(classes);
  });

  it('[D2] what a class declares comes back, to equal layouts', () => {
    const classes = read(writeLayouts(CLASSES));
    expect(classes).toEqual(CLASSES);
    expect(layoutFrom(classes[0]!)).toEqual(liveLayoutOf(Ship));
    expect(unitsOf(layoutFrom(classes[1]!))).toEqual(unitsOf(liveLayoutOf(quaternionClass(1e-5))!));
  });

  it('[D2] any name comes back', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (name) => {
        expect(read(wrong({ ...FLAG, name }))[0]![0]!.name).toBe(name);
      }),
      { seed: 1, numRuns: 500, examples: [['\uFEFFx']] },
    );
  });

  it('[D2] as many classes, and as many fields, as there can be', () => {
    expect(read(writeLayouts(new Array<LiveFieldSpec[]>(MOST_CLASSES).fill(fields(4))))).toHaveLength(1_024);
    expect(read(writeLayouts(filled(MOST_STREAM_FIELDS))).flat()).toHaveLength(4_096);
  });

  it.each([
    ['classes', new Array<LiveFieldSpec[]>(MOST_CLASSES + 1).fill([])],
    ['fields', filled(MOST_STREAM_FIELDS + 1)],
  ])('[D2] more %s are the game’s error', (_, classes) => {
    expect(() => writeLayouts(classes)).toThrow(RangeError);
  });
});

describe('layouts that no encoder writes (D13)', () => {
  it.each<[what: string, layout: Uint8Array]>([
    ['more classes than a game has', encodeLayouts(new Array<LiveFieldSpec[]>(MOST_CLASSES + 1).fill([]))],
    ['more fields than a class has', encodeLayouts([fields(64)])],
    ['more fields than a game has', encodeLayouts(filled(MOST_STREAM_FIELDS + 1))],
    ['as many as there could be of each', encodeLayouts(new Array<LiveFieldSpec[]>(MOST_CLASSES).fill(fields(63)))],
    ['a count of 2^32 - 1', bytes('ff ff ff ff 0f')],
    ['an unknown kind', bytes('01 01 05 00 01 78')],
    ['an index that Schema has not', wrong({ ...INT, index: 63 })],
    ['an index of 255', wrong({ ...FLAG, index: 255 })],
    ['an index twice', wrong(INT, { ...FLAG })],
    ['indexes that fall', wrong({ ...INT, index: 4 }, { ...FLAG, index: 3 })],
    ['a precision of 0', wrong({ ...FIXED, precision: 0 })],
    ['a precision below 0', wrong({ ...FIXED, precision: -0.01 })],
    ['a precision next to nothing', wrong({ ...FIXED, precision: 5e-324 })],
    ['a precision without end', wrong({ ...FIXED, precision: Infinity })],
    ['a precision that is no number', wrong({ ...FIXED, precision: NaN })],
    ['a limit that is no number', wrong({ ...FIXED, min: NaN })],
    ['a limit that is no integer', wrong({ ...FIXED, max: 4.5 })],
    ['a minimum over the maximum', wrong({ ...INT, min: 6 })],
    ['a minimum that is the maximum', wrong({ ...INT, min: 5 })],
    ['a limit over 2^30', wrong({ ...INT, min: 2 ** 30, max: 2 ** 30 + 1 })],
    ['a span over 2^30', wrong({ ...INT, min: -(2 ** 29) - 1, max: 2 ** 29 })],
    ['limits beyond all', wrong({ ...INT, min: -1e300, max: 1e300 })],
    ['a circle of one step', wrong({ ...ANGLE, steps: 1 })],
    ['a circle of a step and a half', wrong({ ...ANGLE, steps: 2.5 })],
    ['a circle of too many', wrong({ ...ANGLE, steps: 2 ** 30 + 1 })],
    ['a turn of 0', wrong({ ...ANGLE, turn: 0 })],
    ['a turn below 0', wrong({ ...ANGLE, turn: -360 })],
    ['a quaternion too fine', wrong({ ...QUATERNION, precision: 9e-6 })],
    ['a quaternion too coarse', wrong({ ...QUATERNION, precision: 0.011 })],
    ['a quaternion of precision 0', wrong({ ...QUATERNION, precision: 0 })],
    ['a quaternion whose w has no place', wrong({ ...QUATERNION, index: 60 })],
    ['a quaternion beside others', wrong(QUATERNION, { ...FLAG, index: 4 })],
    ['a quaternion behind others', wrong(FLAG, { ...QUATERNION, index: 1 })],
  ])('[D13] %s is refused', (_, layout) => {
    expect(refusalCode(() => read(layout))).toBe('bad-state');
  });

  it('[D13] a name that is not UTF-8 is refused', () => {
    expect(refusalCode(() => read(bytes('01 01 03 00 01 ff')))).toBe('bad-text');
  });

  it('[D13] every cut is refused, and at its end', () => {
    const layout = writeLayouts(CLASSES);
    const refusals = refusalsOfEveryCut(layout, (cut) => readLayouts({ bytes: cut, offset: 0 }));
    expect(new Set(refusals.map((refusal) => refusal.split('@')[0]))).toEqual(new Set(['truncated']));
  });

  it('[D13] changed anywhere, what is read can be declared, or it is refused', () => {
    const random = new Random(1);
    const layout = writeLayouts(CLASSES);
    const codes = new Set<string>();
    for (let run = 0; run < 5_000; run++) {
      const damaged = layout.slice();
      for (let i = 1 + random.below(3); i > 0; i--) damaged[random.below(layout.length)]! = random.below(256);
      const cursor = { bytes: damaged, offset: 0 };
      codes.add(refusalCode(() => readLayouts(cursor).map((specs) => unitsOf(layoutFrom(specs)))));
    }
    expect([...codes].toSorted()).toEqual(['accepted', 'bad-state', 'bad-text', 'truncated', 'wrong-length']);
  });
});
