import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { plainShip } from './plain-world.ts';
import { POSITION_QUANTUM, SHOT_SPEED, VELOCITY_QUANTUM } from './rules.ts';
import { flyShot, launchShot } from './shot.ts';
import { stepShip } from './ship.ts';

const empty = () => ({ x: 0, y: 0, vx: 0, vy: 0 });

describe('a shot', () => {
  it('leaves the nose with the velocity of the ship added', () => {
    const shot = launchShot(plainShip({ heading: 1024, vx: 30 }), empty());
    expect(shot).toEqual({ x: 1200, y: 816, vx: 30, vy: SHOT_SPEED });
  });

  it('is exact on the wire from the muzzle to the end, and flies straight to the last bit', () => {
    fc.assert(
      fc.property(fc.nat(4095), fc.nat(120), (heading, ticks) => {
        const ship = plainShip({ heading });
        for (let i = 0; i < ticks; i++) stepShip(ship, { turn: 1, thrust: true, fire: false });
        const shot = launchShot(ship, empty());
        const { x, y, vx, vy } = shot;
        for (let tick = 1; tick < 40; tick++) {
          flyShot(shot);
          if (shot.x !== x + (vx / VELOCITY_QUANTUM) * POSITION_QUANTUM * tick) return false;
          if (shot.y !== y + (vy / VELOCITY_QUANTUM) * POSITION_QUANTUM * tick) return false;
          if (Object.values(shot).some((value) => !Object.is(Math.fround(value), value))) return false;
        }
        return true;
      }),
    );
  });

  it('says when it left the world', () => {
    expect(flyShot({ x: 5, y: 5, vx: -60, vy: 0 })).toBe(true);
    expect(flyShot({ x: 5, y: 5, vx: -600, vy: 0 })).toBe(false);
  });
});
