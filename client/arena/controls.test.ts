import { describe, expect, it } from '@jest/globals';
import type { Command } from './command.ts';
import { Controls } from './controls.ts';
import { headingOf, steer } from './stick.ts';

const controls = (...keys: string[]): Controls => {
  const made = new Controls();
  for (const key of keys) made.press(key, true);
  return made;
};

describe('keys', () => {
  it.each<[string[], Command]>([
    [[], { turn: 0, thrust: false, fire: false }],
    [['ArrowLeft'], { turn: -1, thrust: false, fire: false }],
    [['KeyD', 'KeyW'], { turn: 1, thrust: true, fire: false }],
    [['ArrowLeft', 'KeyD'], { turn: 0, thrust: false, fire: false }],
    [['ArrowUp', 'Space', 'KeyQ'], { turn: 0, thrust: true, fire: true }],
  ])('%j', (keys, command) => {
    expect(controls(...keys).read(0)).toEqual(command);
  });

  it('keeps turning while one of two keys of a side is down', () => {
    const made = controls('ArrowLeft', 'KeyA');
    made.ticked();
    made.press('KeyA', false);
    expect(made.read(0).turn).toBe(-1);
    made.press('ArrowLeft', false);
    expect(made.read(0).turn).toBe(0);
  });

  it('gives a tap that was shorter than a tick to exactly one tick', () => {
    const made = controls('Space');
    made.press('Space', false);
    expect(made.read(0).fire).toBe(true);
    expect(made.read(0).fire).toBe(true);
    made.ticked();
    expect(made.read(0).fire).toBe(false);
  });

  it('lets go of everything when the page loses the focus', () => {
    const made = controls('KeyW', 'Space');
    made.releaseAll();
    expect(made.read(0)).toEqual({ turn: 0, thrust: false, fire: false });
  });
});

describe('thumb stick', () => {
  it('knows the four directions of a screen', () => {
    expect([headingOf(1, 0), headingOf(0, 1), headingOf(-1, 0), headingOf(0, -1)]).toEqual([0, 1024, 2048, 3072]);
  });

  const steered = (x: number, y: number, heading: number): Command => {
    const command = { turn: 0, thrust: false, fire: false };
    steer(command, x, y, heading);
    return command;
  };

  it('does nothing near its start', () => {
    expect(steered(0.1, 0.1, 0)).toEqual({ turn: 0, thrust: false, fire: false });
  });

  it('turns the short way to where it points', () => {
    expect(steered(0.4, 0, 3000).turn).toBe(1);
    expect(steered(0.4, 0, 1000).turn).toBe(-1);
    expect(steered(0, -0.4, 4000).turn).toBe(-1);
  });

  it('rests when the nose is there, and thrusts when pushed out', () => {
    expect(steered(0.4, 0, 20)).toEqual({ turn: 0, thrust: false, fire: false });
    expect(steered(1, 0, 20)).toEqual({ turn: 0, thrust: true, fire: false });
  });
});
