import { describe, expect, it } from '@jest/globals';
import { check } from './check.ts';
import { arena } from './scenes/arena.ts';
import { asteroids } from './scenes/asteroids.ts';
import { sleepers } from './scenes/sleepers.ts';
import { walkers } from './scenes/walkers.ts';
import { schemaFloat32Contender, schemaQuantizedContender } from './schema-contender.ts';
import type { Trace } from './trace.ts';

const still: Trace = {
  name: 'still',
  hz: 1,
  frames: 3,
  entities: 2,
  // Names that a Schema has for itself.
  fields: [
    { name: 'assign', kind: 'linear', precision: 0.01 },
    { name: '__proto__', kind: 'uint', precision: 1 },
  ],
  values: new Float32Array([1, 1, 2, 2, 1, 1, 2, 2, 1, 1, 3, 2]),
};

describe("Colyseus's own encoder", () => {
  it('pays the header for a frame without changes, and for one number what it costs', () => {
    // A code; then SWITCH_TO_STRUCTURE, reference, field and operation, and the number.
    expect(check(still, schemaFloat32Contender(still)).bytes).toBe(1 + 1 + 2 + 1 + 4);
    expect(check(still, schemaQuantizedContender(still)).bytes).toBe(1 + 1 + 2 + 1 + 1);
  });

  it.each([
    ['asteroids', asteroids],
    ['sleepers', sleepers],
    ['walkers', walkers],
    ['arena', arena],
  ])('carries %s', async (_, scene) => {
    const trace = await scene(20);
    const float32 = check(trace, schemaFloat32Contender(trace));
    const quantized = check(trace, schemaQuantizedContender(trace));
    expect(float32).toMatchObject({ exact: true, maxError: 0 });
    expect(quantized.exact).toBe(true);
    expect(quantized.maxError).toBeLessThan(0.501);
    expect(quantized.bytes).toBeLessThanOrEqual(float32.bytes);
  });
});
