import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { NAME_MAX_CHARACTERS, pilotName } from './pilot-name.ts';

describe('pilotName', () => {
  it.each([
    ['is kept', 'Ada', 'Ada'],
    ['is trimmed, single spaces inside', '  Ada \n\t Lovelace ', 'Ada Lovelace'],
    ['is cut to 16 characters', 'abcdefghijklmnopqrstuvw', 'abcdefghijklmnop'],
    ['is not cut inside a character', '🚀'.repeat(20), '🚀'.repeat(16)],
    ['loses direction overrides and zero-width characters', 'a\u202eb\u200bc\u0007d', 'abcd'],
    ['loses all but two marks on a letter', `e${'\u0323'.repeat(9)}x`, 'ẹ\u0323\u0323x'],
    ['keeps other scripts', '名無し', '名無し'],
  ])('%s', (_what, raw, expected) => {
    expect(pilotName(raw, 'Pilot 1')).toBe(expected);
  });

  it.each([[undefined], [null], [7], [{}], [''], ['   '], ['\u200b\u200d'], ['\u3164'], ['\u0301']])(
    '%p is no name',
    (raw) => {
      expect(pilotName(raw, 'Pilot 1')).toBe('Pilot 1');
    },
  );

  it('is always 1 to 16 characters, and a name of its own', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 60 }), (raw) => {
        const name = pilotName(raw, 'Pilot 1');
        const length = [...new Intl.Segmenter('en').segment(name)].length;
        return length >= 1 && length <= NAME_MAX_CHARACTERS && name === name.trim() && pilotName(name, '') === name;
      }),
    );
  });
});
