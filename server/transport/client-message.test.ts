import { describe, expect, it } from '@jest/globals';
import { bytes } from '../../test/support/bytes.ts';
import { refusal } from '../../test/support/wire-errors.ts';
import { checkClientMessage } from './client-message.ts';

describe('what a client may send (M)', () => {
  it.each([
    ['a room message', '0d a3 68 69 74'],
    ['a join acknowledgement', '0a'],
    ['a reliable input', '13 01 02'],
    ['a reliable input with stamps', '93 ff ff ff ff'],
    ['unreliable inputs without stamps', '14 ff ff'],
    ['one unreliable input with stamps', '94 01 00 00 00 00'],
    ['64 of them', '94 40 00 00 00 00'],
    ['64 of them in the longer form', '94 cc 40 00 00 00 00'],
  ])('%s is taken', (_what, message) => {
    expect(refusal(() => checkClientMessage(bytes(message)))).toBe('accepted');
  });

  it.each([
    ['nothing', '', 'bad-message@0'],
    ['no number of stamps', '94', 'bad-message@1'],
    ['no stamps', '94 00', 'bad-message@1'],
    ['more than any client sends', '94 41', 'bad-message@1'],
    ['as many as an array can be long', '94 ce ff ff ff ff', 'bad-message@1'],
    ['less than none', '94 ff', 'bad-message@1'],
    ['a fraction', '94 ca 00 00 c0 3f', 'bad-message@1'],
    ['not a number', '94 cb 00 00 00 00 00 00 f8 7f', 'bad-message@1'],
    ['a number that ends in the middle', '94 ce ff', 'bad-message@1'],
    ['what is no number', '94 a1 61', 'bad-message@1'],
  ])('an unreliable input of %s is refused', (_what, message, expected) => {
    expect(refusal(() => checkClientMessage(bytes(message)))).toBe(expected);
  });
});
