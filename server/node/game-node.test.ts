import { expect, it } from '@jest/globals';
import { GameNode } from './game-node.ts';

it.each([
  ['10.0.0.5', /^10\.0\.0\.5:2567$/],
  ['127.0.0.1', /^127\.0\.0\.1:2567$/],
  ['node.example', /^node\.example:2567$/],
  // An address that others reach, as far as there is one.
  [undefined, /^\d+\.\d+\.\d+\.\d+:2567$/],
  ['0.0.0.0', /^(?!0\.)\d+\.\d+\.\d+\.\d+:2567$/],
  ['::', /^\d+\.\d+\.\d+\.\d+:2567$/],
])('a node that listens on %s says where it is reached', (host, expected) => {
  expect(GameNode.defaultAddress(2567, host)).toMatch(expected);
});
