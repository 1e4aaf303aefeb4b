import {
  type Client,
  type FixedTimestepCallback,
  LocalDriver,
  LocalPresence,
  matchMaker,
  Rewind,
  type StepContext,
} from '@colyseus/core';
import { beforeAll, describe, expect, it } from '@jest/globals';
import type { Controls } from '../../shared/arena/bodies.ts';
import { ArenaInput } from '../../shared/arena/input.ts';
import { plainShip } from '../../shared/arena/plain-world.ts';
import { TICK_RATE_HZ } from '../../shared/arena/rules.ts';
import { PREDICTED_SHIP_FIELDS, stepShip } from '../../shared/arena/ship.ts';
import { ArenaRoom } from './arena-room.ts';
import { STARVE_TICKS } from './input-pacer.ts';

/** What the room's input subsystem is given by the matchmaker and by the socket. */
interface Inside {
  _inputController: {
    allocate(client: object): void;
    register(sessionId: string, client: object): void;
    options: { sanitize(input: object): void };
  };
}

interface Seat extends Client {
  _inputBuffer: { push(input: ArenaInput, renderTimeMs?: number): void; consumedCount: number; size: number };
}

/** An arena without sockets and without a timer: the test makes the ticks. */
class TestRoom extends ArenaRoom {
  #step: FixedTimestepCallback = () => {};

  override setFixedTimestep(step: FixedTimestepCallback): void {
    this.#step = step;
  }

  /** As LiveRoom does it: the clock, the step, and the record of what the patch would have carried. */
  ticks(count: number): void {
    for (let i = 0; i < count; i++) {
      this.clock.elapsedTime += 1000 / TICK_RATE_HZ;
      this.#step({} as StepContext);
      Rewind.get(this).record(this.clock.elapsedTime);
    }
  }

  seat(sessionId: string, options = {}): Seat {
    const client = { sessionId } as Seat;
    (this as unknown as Inside)._inputController.allocate(client);
    (this as unknown as Inside)._inputController.register(sessionId, client);
    this.onJoin(client, options);
    return client;
  }

  get bots(): number {
    return [...this.state.ships.values()].filter((ship) => ship.bot).length;
  }
}

function arena(options = {}): TestRoom {
  const room = new TestRoom();
  room.onCreate(options);
  return room;
}

function send(seat: Seat, controls: Partial<Controls> = {}, renderTimeMs = 0): void {
  seat._inputBuffer.push(
    Object.assign(new ArenaInput(), { turn: 0, thrust: false, fire: false, ...controls }),
    renderTimeMs,
  );
}

beforeAll(() => matchMaker.setup(new LocalPresence(), new LocalDriver()));

describe('ArenaRoom', () => {
  it('seats people under their names and colours, and bots beside them', () => {
    const room = arena({ bots: 3 });
    expect(room.bots).toBe(3);
    room.seat('a', { name: ' Ada ', color: 9 });
    room.seat('b', { name: 7 });
    expect(room.state.ships.get('a')).toMatchObject({ name: 'Ada', color: 9, bot: false, hull: 100, score: 0 });
    expect(room.state.ships.get('b')!.name).toBe('Pilot 2');
    expect(room.bots).toBe(2);
  });

  it('lets bots give way one by one, and come back', () => {
    const room = arena();
    for (let people = 1; people <= 16; people++) {
      room.seat(`p${people}`);
      expect(room.bots).toBe(Math.max(7 - people, 0));
    }
    for (let people = 16; people > 1; people--) room.onLeave({ sessionId: `p${people}` } as Client);
    expect(room.bots).toBe(6);
    expect(room.state.ships.size).toBe(7);
  });

  it('makes the same steps as the page of a person who sends them', () => {
    const room = arena({ bots: 0 });
    const seat = room.seat('a');
    const ship = room.state.ships.get('a')!;
    room.state.rocks.clear();
    const predicted = plainShip({ x: ship.x, y: ship.y, heading: ship.heading });
    for (let tick = 0; tick < 200; tick++) {
      const controls = { turn: (tick % 3) - 1, thrust: tick % 50 < 30, fire: tick % 20 === 0 };
      send(seat, controls);
      stepShip(predicted, controls);
      room.ticks(1);
      for (const field of PREDICTED_SHIP_FIELDS) expect(ship[field]).toBe(predicted[field]);
    }
    expect(seat._inputBuffer.consumedCount).toBe(200);
  });

  it('names a shot after the input that fired it', () => {
    const room = arena({ bots: 0 });
    const seat = room.seat('a');
    for (let tick = 1; tick <= 5; tick++) {
      send(seat, { fire: tick === 4 });
      room.ticks(1);
    }
    expect([...room.state.shots.keys()]).toEqual(['a:4']);
  });

  /** The target crosses the line of fire at 300 units a second; the shot goes where it was 150 ms ago. */
  function shootAtThePast(renderTimeOf: (nowMs: number) => number): number {
    const room = arena({ bots: 0 });
    const gunner = room.seat('gunner');
    room.seat('target');
    room.state.rocks.clear();
    const target = room.state.ships.get('target')!;
    Object.assign(room.state.ships.get('gunner')!, { x: 600, y: 800, heading: 0 });
    Object.assign(target, { x: 660, shield: 0, respawnIn: 0 });
    for (let tick = 0; tick < 40; tick++) {
      Object.assign(target, { y: 680 + tick * 5, vx: 0, vy: 0 });
      send(gunner, { fire: tick === 30 }, renderTimeOf(room.clock.elapsedTime + 1000 / TICK_RATE_HZ));
      room.ticks(1);
    }
    return target.hull;
  }

  it("tests a person's shot against what he saw", () => {
    expect(shootAtThePast((nowMs) => nowMs - 150)).toBe(80);
    expect(shootAtThePast(() => 0)).toBe(100);
    expect(shootAtThePast((nowMs) => nowMs)).toBe(100);
  });

  it('has no shots, and no record of the past, where ships are unarmed, and in the room that goes on with it', () => {
    const room = arena({ bots: 0, unarmed: true });
    const heir = arena({ bots: 0 });
    heir.onRestoreRoom(room.onCacheRoom());
    for (const each of [room, heir]) {
      const seat = each.seat('a');
      const ship = each.state.ships.get('a')!;
      ship.x = 500;
      each.ticks(1);
      ship.x = 600;
      send(seat, { fire: true });
      each.ticks(1);
      expect([each.state.shots.size, ship.cooldown > 0]).toEqual([0, true]);
      expect(
        Rewind.get(each)
          .at(each.clock.elapsedTime - 1000 / TICK_RATE_HZ)
          .value(ship, 'x'),
      ).toBe(ship.x);
    }
  });

  it('holds a ship whose inputs are late, and makes up for them all', () => {
    const room = arena({ bots: 0 });
    const seat = room.seat('a');
    const ship = room.state.ships.get('a')!;
    room.state.rocks.clear();
    const predicted = plainShip({ x: ship.x, y: ship.y, heading: ship.heading });
    for (let round = 0; round < 12; round++) {
      for (let i = 0; i < 5; i++) {
        send(seat, { thrust: true });
        stepShip(predicted, { turn: 0, thrust: true, fire: false });
      }
      room.ticks(5);
    }
    room.ticks(5);
    expect(ship.x).toBe(predicted.x);
    expect(ship.vx).toBe(predicted.vx);
  });

  it('flies a ship that is sent ten inputs a tick no faster', () => {
    const room = arena({ bots: 0 });
    const honest = room.seat('a');
    const hostile = room.seat('b');
    for (const id of ['a', 'b'])
      Object.assign(room.state.ships.get(id)!, { x: 200, y: id === 'a' ? 400 : 900, heading: 0 });
    room.state.rocks.clear();
    for (let tick = 0; tick < 240; tick++) {
      send(honest, { thrust: true });
      for (let i = 0; i < 10; i++) send(hostile, { thrust: true });
      room.ticks(1);
      room.state.rocks.clear();
    }
    const lead = room.state.ships.get('b')!.x - room.state.ships.get('a')!.x;
    expect(lead).toBeLessThan(0.016 * 240 * 7 + 1);
  });

  it('lets the ship of someone who is gone coast to a stop, and forgets it when he leaves', () => {
    const room = arena({ bots: 0 });
    const seat = room.seat('a');
    room.state.rocks.clear();
    const ship = room.state.ships.get('a')!;
    for (let tick = 0; tick < 30; tick++) {
      send(seat, { thrust: true });
      room.ticks(1);
    }
    const { x, y } = ship;
    room.ticks(STARVE_TICKS);
    expect([ship.x, ship.y, ship.thrusting]).toEqual([x, y, true]);
    room.ticks(400);
    expect([ship.x, ship.y]).not.toEqual([x, y]);
    expect([ship.vx, ship.vy, ship.thrusting]).toEqual([0, 0, false]);
    room.onLeave(seat);
    room.ticks(1);
    expect(room.state.ships.size).toBe(0);
  });

  it('takes no turn but -1, 0 and 1', () => {
    const room = arena();
    const input = Object.assign(new ArenaInput(), { turn: -100 });
    (room as unknown as Inside)._inputController.options.sanitize(input);
    expect(input.turn).toBe(-1);
  });

  it('has a memory that another room carries on from', () => {
    const room = arena({ bots: 4 });
    room.seat('a');
    room.ticks(90);
    const heir = arena({ bots: 1 });
    heir.onRestoreRoom(room.onCacheRoom());
    expect(heir.onCacheRoom()).toEqual(room.onCacheRoom());
    heir.seat('b');
    expect(heir.state.ships.get('b')!.name).toBe('Pilot 2');
  });

  it('runs a minute with bots and people without a number going astray', () => {
    const room = arena({ bots: 8 });
    const seat = room.seat('a');
    for (let tick = 0; tick < 3600; tick++) {
      send(seat, { turn: tick % 100 < 20 ? 1 : 0, thrust: tick % 70 < 40, fire: true });
      room.ticks(1);
    }
    for (const ship of room.state.ships.values()) {
      for (const value of [ship.x, ship.y, ship.vx, ship.vy]) expect(Math.fround(value)).toBe(value);
      expect(ship.heading).toBeLessThan(4096);
    }
    expect(room.state.ships.size).toBe(9);
  });
});
