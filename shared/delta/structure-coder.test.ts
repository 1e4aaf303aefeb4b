import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { bytes, hex } from '../../test/support/bytes.ts';
import { Random } from '../../test/support/random.ts';
import { refusalCode } from '../../test/support/wire-errors.ts';
import { RangeCoder } from './range-coder.ts';
import { codeStructure, newStructureModels } from './structure-coder.ts';

const NOTHING = new Uint8Array(0);

function write(models: ReturnType<typeof newStructureModels>, structure: Uint8Array): Uint8Array {
  const coder = new RangeCoder();
  coder.write();
  expect(codeStructure(coder, models, structure)).toBe(structure);
  return coder.end().slice();
}

function read(models: ReturnType<typeof newStructureModels>, code: Uint8Array): Uint8Array {
  const coder = new RangeCoder();
  coder.read(code, 0, code.length);
  const structure = codeStructure(coder, models, NOTHING);
  coder.finish();
  return structure;
}

describe('structure (D3)', () => {
  it.each([
    ['', ''],
    ['80', '82'],
    ['ff 01 80 07', '88 fe 81 80 07'],
  ])('[D3] the first structure "%s" is exactly these bytes', (structure, code) => {
    expect(hex(write(newStructureModels(), bytes(structure)))).toBe(code);
    expect(hex(read(newStructureModels(), bytes(code)))).toBe(structure);
  });

  it('[D3] one structure after the other comes back, and both ends learn the same', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 60 }), { maxLength: 12 }), (structures) => {
        const written = newStructureModels();
        const models = newStructureModels();
        for (const structure of structures) {
          const before = hex(structure);
          expect(hex(read(models, write(written, structure)))).toBe(before);
          expect(hex(structure)).toBe(before);
        }
        expect(models).toEqual(written);
      }),
      { seed: 1, numRuns: 200 },
    );
  });

  it.each([4_095, 4_096, 4_097, 100_000])('[D3] so do %i bytes at once', (length) => {
    const [written, models] = [newStructureModels(), newStructureModels()];
    for (const structure of [new Random(2).bytes(length), new Uint8Array(length)]) {
      const code = write(written, structure);
      expect(Buffer.compare(read(models, code), structure)).toBe(0);
      expect(code.length).toBeLessThan(length * 1.2);
    }
    expect(models).toEqual(written);
  });

  it('[D3] what is told each tick costs little once it is known', () => {
    const models = newStructureModels();
    const random = new Random(3);
    const sizes = Array.from(
      { length: 60 },
      (_, i) => write(models, bytes(`ff 07 80 0${i % 10} 81 a3 68 69 74`)).length,
    );
    expect(sizes.slice(30).reduce((sum, size) => sum + size)).toBeLessThan(30 * 3);
    expect(write(models, random.bytes(200)).length).toBeLessThan(280);
  });

  it('[D3] no structure costs next to nothing', () => {
    const models = newStructureModels();
    for (let i = 0; i < 100; i++) expect(write(models, NOTHING)).toHaveLength(0);
  });

  it('[D13] a length that no server writes is refused before there is room for it', () => {
    const coder = new RangeCoder();
    coder.write();
    expect(
      refusalCode(() => codeStructure(coder, newStructureModels(), { length: 8 * 2 ** 20 + 1 } as Uint8Array)),
    ).toBe('bad-state');
    expect(refusalCode(() => read(newStructureModels(), coder.end().slice()))).toBe('bad-state');
  });

  it('[D13] whatever the bytes, reading ends', () => {
    const random = new Random(4);
    const codes = new Set<string>();
    for (let run = 0; run < 60; run++) {
      codes.add(
        refusalCode(() =>
          read(newStructureModels(), random.chance(0.1) ? bytes('ff ff ff') : random.bytes(random.below(300))),
        ),
      );
    }
    expect(codes).toContain('bad-state');
    for (const code of codes) expect(['accepted', 'bad-state', 'trailing-bytes', 'truncated']).toContain(code);
  });
});
