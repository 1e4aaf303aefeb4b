import { schema, t } from '@colyseus/schema';
import { describe, expect, it } from '@jest/globals';
import { ArenaInput } from '../../shared/arena/input.ts';
import { arenaOptions } from './arena-options.ts';
import type { BotPlan } from './bot.ts';
import { Course } from './course.ts';

/** One tick of each three seconds, and the one that begins anew. */
const TICKS = [0, 90, 180, 270, 360];

describe('what a bot does in its room', () => {
  it.each([false, true])('flies the arena; holdsFire %p', (holdsFire) => {
    const input = new ArenaInput();
    const course = new Course(input, { holdsFire });
    const flown = TICKS.map((tick) => {
      course.steer(input, tick);
      return [input.turn, input.thrust, input.fire];
    });
    expect(flown).toEqual([
      [1, true, false],
      [1, false, !holdsFire],
      [-1, true, false],
      [-1, false, false],
      [1, true, false],
    ]);
  });

  it('moves numbers and flags of any other input, and no text', () => {
    const Other = schema({ dx: t.int8(), lane: t.uint8(), jump: t.boolean(), word: t.string() }, 'CourseTestInput');
    const input = new Other();
    input.word = 'w';
    const course = new Course(input, { holdsFire: true });
    const moved = TICKS.map((tick) => {
      course.steer(input, tick);
      return [input.dx, input.lane, input.jump, input.word];
    });
    expect(moved).toEqual([
      [-1, 0, true, 'w'],
      [0, 1, false, 'w'],
      [1, 2, true, 'w'],
      [-1, 0, false, 'w'],
      [-1, 0, true, 'w'],
    ]);
  });

  it('asks for an arena without other bots, and where it is lean without rocks and weapons', () => {
    const options = [false, true].map((lean) => arenaOptions({ name: 'b', lean } as BotPlan));
    expect(options).toEqual([
      { name: 'b', bots: 0 },
      { name: 'b', bots: 0, rocks: 0, unarmed: true },
    ]);
  });
});
