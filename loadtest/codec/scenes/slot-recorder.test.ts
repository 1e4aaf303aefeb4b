import { describe, expect, it } from '@jest/globals';
import { SlotRecorder } from './slot-recorder.ts';

/** Each frame a list of ids; an entity's value is its id. */
function slotsOf(...frames: string[]): string[] {
  const recorder = new SlotRecorder();
  for (const ids of frames) recorder.put(new Map([...ids].map((id) => [id, [id.charCodeAt(0)]])));
  const { values, entities } = recorder.trace('slots', 1, [{ name: 'id', kind: 'uint', precision: 1 }]);
  return frames.map((_, frame) =>
    Array.from({ length: entities }, (_, slot) => {
      const value = values[frame * entities + slot]!;
      return Number.isNaN(value) ? '.' : String.fromCharCode(value);
    }).join(''),
  );
}

describe('slots', () => {
  it('stay with whom they are given to', () => {
    expect(slotsOf('ab', 'bac', 'cb')).toEqual(['ab.', 'abc', '.bc']);
  });

  it('are empty for a frame before another moves in', () => {
    expect(slotsOf('ab', 'bc', 'bcd')).toEqual(['ab.', '.bc', 'dbc']);
  });

  it('take back who was away', () => {
    expect(slotsOf('a', '', 'a')).toEqual(['a', '.', 'a']);
  });

  it('are at least one', () => {
    expect(slotsOf('', '')).toEqual(['.', '.']);
  });
});
