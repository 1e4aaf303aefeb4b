import { describe, expect, it } from '@jest/globals';
import { UsageError } from '../command-line.ts';
import { parse } from './options.ts';
import { SCENES } from './scenes/all-scenes.ts';

describe('the command line', () => {
  it('means all scenes when it is empty', () => {
    const { sources, json, help } = parse([]);
    expect(sources).toEqual([...SCENES.keys()].map((name) => ({ kind: 'scene', name })));
    expect([json, help]).toEqual([false, false]);
  });

  it('selects scenes', () => {
    expect(parse(['--scene', 'jumps', '--scene=sines']).sources).toEqual([
      { kind: 'scene', name: 'jumps' },
      { kind: 'scene', name: 'sines' },
    ]);
  });

  it('takes recorded motion instead', () => {
    expect(parse(['--trace', 'a.trace', '--trace', 'b.trace', '--json'])).toEqual({
      help: false,
      json: true,
      sources: [
        { kind: 'trace', path: 'a.trace' },
        { kind: 'trace', path: 'b.trace' },
      ],
    });
  });

  it.each([
    [['--scene', 'nope'], /--scene.*nope.*asteroids/],
    [['--scene'], /--scene/],
    [['--trace'], /--trace/],
    [['--trace', ''], /--trace/],
    [['--json=yes'], /--json/],
    [['--fast'], /--fast/],
    [['asteroids'], /asteroids/],
  ])('refuses %j, naming what is wrong', (args, message) => {
    expect(() => parse(args)).toThrow(UsageError);
    expect(() => parse(args)).toThrow(message);
  });
});
