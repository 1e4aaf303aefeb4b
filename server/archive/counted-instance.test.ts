import { Encoder, schema, t } from '@colyseus/schema';
import { describe, expect, it } from '@jest/globals';
import { LiveEntities } from '../../shared/delta/live-entities.ts';
import { angle, fixed, flag, live, uint } from '../../shared/live/live.ts';
import { watchedOf } from '../../shared/live/watched.ts';
import { Random } from '../../test/support/random.ts';
import { StateRecorder } from './state-recorder.ts';

const Gun = schema({ heat: t.uint8() }, 'Gun');
const many = Object.fromEntries(Array.from({ length: 30 }, (_, i) => [`n${i}`, uint(9)]));
/** More than one mask of fields, of all kinds. */
const Ship = live(
  { name: t.string(), x: fixed(0.01), nose: angle(360, 360), isOn: flag(), ...many, gun: t.ref(Gun).optional() },
  'Ship',
);
type Ship = InstanceType<typeof Ship>;
const World = live({ tick: uint(99), ships: t.map(Ship), best: t.ref(Ship).optional() }, 'World');
type World = InstanceType<typeof World>;

/** The same state twice: assignments keep counts of the one, and not of the other, whose values are compared. */
class Twins {
  readonly counted: World;
  readonly entities: LiveEntities;
  readonly #both: readonly [World, World];
  readonly #recorders: readonly StateRecorder[];

  constructor() {
    this.#both = [new World(), new World()];
    this.act((world) => void add(world, 'a'));
    const encoders = this.#both.map((world) => new Encoder(world));
    this.counted = this.#both[0];
    this.entities = new LiveEntities(encoders[0]!);
    this.#recorders = encoders.map((encoder) => new StateRecorder(encoder, 'room'));
  }

  act(does: (world: World) => void): void {
    for (const world of this.#both) does(world);
  }

  isCounted(key: string): boolean {
    return watchedOf(this.counted.ships.get(key)!)!.isWhole;
  }

  /** @returns bytes of the delta, which are the same for both */
  compare(): number {
    const [counted, compared] = this.#recorders.map((recorder) => hex(recorder.delta()));
    expect(counted).toBe(compared);
    const [whole, other] = this.#recorders.map((recorder) => hex(recorder.snapshot()));
    expect(whole).toBe(other);
    return counted!.length / 2;
  }
}

const hex = (bytes: Uint8Array = new Uint8Array(0)): string => Buffer.from(bytes).toString('hex');
const fieldsOf = (ship: Ship | undefined): Record<string, unknown> => ship as unknown as Record<string, unknown>;
const NAMES = ['x', 'nose', 'isOn', 'n0', 'n27', 'n28', 'n29'];

function add(world: World, key: string): Ship {
  const ship = new Ship();
  for (const name of Object.keys(many)) fieldsOf(ship)[name] = 0;
  ship.x = ship.nose = 0;
  ship.isOn = false;
  ship.name = key;
  world.ships.set(key, ship);
  return ship;
}

describe('a state whose live fields are compared by their counts', () => {
  it('is told in the bytes of one whose values are compared', () => {
    const twins = new Twins();
    expect(twins.compare()).toBe(0);
    twins.act(({ ships }) => Object.assign(ships.get('a')!, { x: 1.234, isOn: true, nose: 359.9, n29: 4 }));
    expect(twins.compare()).toBeGreaterThan(0);
    expect(twins.isCounted('a')).toBe(true);
    twins.act(({ ships }) => (ships.get('a')!.name = 'another'));
    expect(twins.compare()).toBeGreaterThan(0);
    twins.act(({ ships }) => (ships.get('a')!.x = 1.2301)); // the same on its grid
    expect(twins.compare()).toBe(0);
  });

  it.each(['x', 'isOn', 'n29'])('says that %s was deleted, which counts as 0, and that it is there again', (name) => {
    const twins = new Twins();
    twins.act(({ ships }) => (fieldsOf(ships.get('a'))[name] = undefined));
    expect(twins.compare()).toBeGreaterThan(0);
    expect(twins.isCounted('a')).toBe(false);
    twins.act(({ ships }) => (fieldsOf(ships.get('a'))[name] = name === 'isOn' ? false : 0));
    expect(twins.compare()).toBeGreaterThan(0);
    expect(twins.isCounted('a')).toBe(true);
  });

  it('counts anew an instance that went, and came back where others have its counts', () => {
    const twins = new Twins();
    twins.act((world) => (add(world, 'b').x = 2));
    twins.compare();
    const gone: Ship[] = [];
    twins.act(({ ships }) => {
      gone.push(ships.get('a')!);
      ships.delete('a');
    });
    twins.act((world) => {
      add(world, 'c').x = 3;
      const ship = gone.shift()!;
      ship.x = 4;
      world.ships.set('a', ship);
    });
    expect(twins.compare()).toBeGreaterThan(0);
    twins.act(({ ships }) => (ships.get('c')!.x = ships.get('a')!.x = 5));
    expect(twins.compare()).toBeGreaterThan(0);
  });

  it.each([false, true])('is told alike whatever becomes of it; Schema is told nothing: %s', (isQuiet) => {
    const random = new Random(7);
    for (let game = 0; game < 20; game++) {
      const twins = new Twins();
      twins.entities.watch.isQuiet = isQuiet;
      for (let i = 0; i < 200; i++) {
        const [what, which, value] = [random.below(12), random.below(5), random.below(4)];
        const key = 'abcde'[which]!;
        const name = NAMES[random.below(NAMES.length)]!;
        twins.act((world) => {
          const ship = world.ships.get(key);
          if (what === 0) world.ships.delete(key);
          else if (ship === undefined) Object.assign(add(world, key), what < 3 ? { x: undefined } : {});
          else if (what === 1) world.best = value === 0 ? undefined : ship;
          else if (what === 2) world.ships.set('abcde'[value]!, ship);
          else if (what === 3) ship.gun = value === 0 ? undefined : new Gun({ heat: value });
          else if (what === 4) fieldsOf(ship)[name] = undefined;
          else if (what === 6) world.tick = value;
          else if (what === 7 && value === 0) world.ships.clear();
          else fieldsOf(ship)[name] = name === 'isOn' ? value > 1 : value / 2;
        });
        if (random.below(3) === 0) twins.compare();
      }
      twins.compare();
    }
  });
});
