import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { Controls, ShipMotion } from './bodies.ts';
import { headingDifference } from './heading.ts';
import { plainShip } from './plain-world.ts';
import {
  HEADING_UNITS,
  POSITION_QUANTUM,
  SHIP_RADIUS,
  SHOT_COOLDOWN_TICKS,
  VELOCITY_QUANTUM,
  WORLD_HEIGHT,
  WORLD_WIDTH,
} from './rules.ts';
import { PREDICTED_SHIP_FIELDS, stepShip } from './ship.ts';
import { Ship } from './state.ts';

const IDLE: Controls = { turn: 0, thrust: false, fire: false };
const THRUST: Controls = { ...IDLE, thrust: true };

const controls = fc.record({ turn: fc.constantFrom(-1, 0, 1), thrust: fc.boolean(), fire: fc.boolean() });
const flight = fc.array(controls, { minLength: 1, maxLength: 300 });
const start = fc.record({
  x: fc
    .integer({ min: SHIP_RADIUS / POSITION_QUANTUM, max: (WORLD_WIDTH - SHIP_RADIUS) / POSITION_QUANTUM })
    .map(quanta),
  y: fc
    .integer({ min: SHIP_RADIUS / POSITION_QUANTUM, max: (WORLD_HEIGHT - SHIP_RADIUS) / POSITION_QUANTUM })
    .map(quanta),
  heading: fc.integer({ min: 0, max: HEADING_UNITS - 1 }),
  respawnIn: fc.constantFrom(0, 0, 0, 120),
});

function quanta(count: number): number {
  return count * POSITION_QUANTUM;
}

function motion(ship: ShipMotion): unknown[] {
  return PREDICTED_SHIP_FIELDS.map((field) => ship[field]);
}

/** What the wire makes of a field. */
function decoded(field: keyof ShipMotion, value: number | boolean): number | boolean {
  if (typeof value === 'boolean') return value;
  if (field === 'heading') return value & 0xffff;
  if (field === 'cooldown' || field === 'respawnIn') return value & 0xff;
  return Math.fround(value);
}

describe('stepShip', () => {
  it('makes only numbers that their wire types carry exactly, inside the world', () => {
    fc.assert(
      fc.property(start, flight, (at, inputs) => {
        const ship = plainShip(at);
        for (const input of inputs) {
          stepShip(ship, input);
          for (const field of PREDICTED_SHIP_FIELDS) {
            if (!Object.is(decoded(field, ship[field]), ship[field])) return false;
          }
          if (!Number.isInteger(ship.x / POSITION_QUANTUM) || !Number.isInteger(ship.vy / VELOCITY_QUANTUM))
            return false;
          if (ship.x < SHIP_RADIUS || ship.x > WORLD_WIDTH - SHIP_RADIUS) return false;
          if (ship.y < SHIP_RADIUS || ship.y > WORLD_HEIGHT - SHIP_RADIUS) return false;
        }
        return true;
      }),
    );
  });

  it('gives a Schema instance and a plain object the same numbers', () => {
    fc.assert(
      fc.property(start, flight, (at, inputs) => {
        const plain = plainShip(at);
        const instance = Object.assign(new Ship(), plainShip(at));
        for (const input of inputs) {
          const fired = stepShip(plain, input);
          if (stepShip(instance, input) !== fired) return false;
        }
        return JSON.stringify(motion(plain)) === JSON.stringify(motion(instance));
      }),
    );
  });

  it('goes on alike from what was decoded: a client that adopts any tick replays to the same bits', () => {
    fc.assert(
      fc.property(start, flight, fc.nat(300), (at, inputs, adoptAt) => {
        const server = plainShip(at);
        let client = plainShip(at);
        inputs.forEach((input, tick) => {
          stepShip(server, input);
          stepShip(client, input);
          if (tick !== adoptAt) return;
          const adopted = plainShip();
          for (const field of PREDICTED_SHIP_FIELDS) Object.assign(adopted, { [field]: decoded(field, server[field]) });
          client = adopted;
        });
        return JSON.stringify(motion(server)) === JSON.stringify(motion(client));
      }),
    );
  });

  it('reads and writes nothing but PREDICTED_SHIP_FIELDS', () => {
    const touched = new Set<string | symbol>();
    const spy = new Proxy(plainShip({ respawnIn: 2 }), {
      get: (ship, field) => (touched.add(field), Reflect.get(ship, field)),
      set: (ship, field, value) => (touched.add(field), Reflect.set(ship, field, value)),
    });
    stepShip(spy, { turn: 1, thrust: true, fire: true });
    spy.respawnIn = 0;
    for (let i = 0; i < 3; i++) stepShip(spy, { turn: 1, thrust: true, fire: true });
    expect([...touched].sort()).toEqual([...PREDICTED_SHIP_FIELDS].sort());
  });

  it('reaches a top speed and comes to a complete stop', () => {
    const ship = plainShip({ x: 20 });
    for (let i = 0; i < 240; i++) stepShip(ship, THRUST);
    expect(ship.vx).toBeGreaterThan(380);
    expect(ship.vx).toBeLessThan(410);
    for (let i = 0; i < 400; i++) stepShip(ship, IDLE);
    const { x } = ship;
    stepShip(ship, IDLE);
    expect([ship.vx, ship.vy, ship.x]).toEqual([0, 0, x]);
  });

  it('flies where its nose points, within two degrees', () => {
    for (let heading = 0; heading < HEADING_UNITS; heading += 31) {
      const ship = plainShip({ heading });
      for (let i = 0; i < 90; i++) stepShip(ship, THRUST);
      const course = Math.atan2(ship.vy, ship.vx);
      const off = Math.abs(headingDifference(heading, (course * HEADING_UNITS) / (2 * Math.PI)));
      expect((off * 360) / HEADING_UNITS).toBeLessThan(2);
    }
  });

  it('bounces off the border at half the speed', () => {
    const ship = plainShip({ x: WORLD_WIDTH - SHIP_RADIUS - 1, vx: 300 });
    stepShip(ship, IDLE);
    expect(ship.x).toBe(WORLD_WIDTH - SHIP_RADIUS);
    expect(ship.vx).toBeLessThan(-140);
    expect(ship.vx).toBeGreaterThan(-151);
  });

  it('fires once in a cooldown while the trigger is held', () => {
    const ship = plainShip();
    const fired: number[] = [];
    for (let tick = 0; tick < 3 * SHOT_COOLDOWN_TICKS; tick++)
      if (stepShip(ship, { ...IDLE, fire: true })) fired.push(tick);
    expect(fired).toEqual([0, SHOT_COOLDOWN_TICKS, 2 * SHOT_COOLDOWN_TICKS]);
  });

  it('turns no faster for a larger number', () => {
    const honest = plainShip();
    const hostile = plainShip();
    stepShip(honest, { ...IDLE, turn: -1 });
    stepShip(hostile, { ...IDLE, turn: -128 });
    expect(hostile.heading).toBe(honest.heading);
    stepShip(hostile, { ...IDLE, turn: Number.NaN });
    expect(Number.isInteger(hostile.heading)).toBe(true);
  });

  it('lets a wreck drift, deaf to its pilot, and leaves the respawn to the server', () => {
    const wreck = plainShip({ respawnIn: 3, vx: 120 });
    for (let i = 0; i < 5; i++) expect(stepShip(wreck, { turn: 1, thrust: true, fire: true })).toBe(false);
    expect(wreck).toMatchObject({ respawnIn: 1, heading: 0, thrusting: false, cooldown: 0 });
    expect(wreck.x).toBeGreaterThan(1200);
  });
});
