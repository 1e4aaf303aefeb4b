import { describe, expect, it } from '@jest/globals';
import { unknownVariables } from './unknown-variables.ts';

const KNOWN = ['PORT', 'VELARIUM_HOST', 'VELARIUM_LOG_LEVEL', 'VELARIUM_ADMIN_TOKEN'];

describe('a variable that nothing reads', () => {
  it.each([
    ['VELARIUM_LOGLEVEL', 'VELARIUM_LOGLEVEL is no variable of velarium; did you mean VELARIUM_LOG_LEVEL?'],
    ['VELARIUM_TOKEN', 'VELARIUM_TOKEN is no variable of velarium; did you mean VELARIUM_ADMIN_TOKEN?'],
    ['VELARIUM_HOSTS', 'VELARIUM_HOSTS is no variable of velarium; did you mean VELARIUM_HOST?'],
    ['VELARIUM_SOMETHING_ELSE', 'VELARIUM_SOMETHING_ELSE is no variable of velarium'],
  ])('%s', (name, sentence) => {
    expect(unknownVariables({ [name]: 'x', VELARIUM_HOST: '', PATH: '', PROT: '1' }, KNOWN)).toEqual([sentence]);
  });
});
