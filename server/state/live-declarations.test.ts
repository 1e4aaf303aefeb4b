import { type Schema, schema, t } from '@colyseus/schema';
import { describe, expect, it } from '@jest/globals';
import { fixed, live } from '../../shared/live/live.ts';
import { LiveSerializer } from '../room/live-serializer.ts';

const Shot = live({ x: fixed(0.01) }, 'DeclaredShot');
const Name = schema({ text: t.string() }, 'DeclaredName');

/** What a room is told that has such a state. */
function told(state: Schema): string {
  try {
    new LiveSerializer().reset(state);
    return '';
  } catch (error) {
    expect(error).toBeInstanceOf(TypeError);
    return (error as TypeError).message;
  }
}

describe('a state with live fields is refused', () => {
  it('where it streams instances that have some', () => {
    const Streaming = schema({ shots: t.stream(Shot), names: t.stream(Name) }, 'StreamingState');
    expect(told(new Streaming())).toBe(
      'StreamingState.shots streams instances with live fields: declare it as t.map(DeclaredShot).view()',
    );
  });

  it('so it is with a collection that is sent a few at a time, and with what lies within the instances', () => {
    const Magazine = schema({ shots: t.map(Shot) }, 'DeclaredMagazine');
    const Battery = schema({ magazine: t.ref(Magazine) }, 'DeclaredBattery');
    const State = schema({ batteries: t.map(Battery).stream() }, 'BatteryState');
    expect(told(new State())).toMatch(/^BatteryState\.batteries streams .* t\.map\(DeclaredBattery\)\.view\(\)$/);
  });

  it('and with a class of which one that is derived has live fields', () => {
    const Thing = schema({ name: t.string() }, 'DeclaredThing');
    const Moving = live({ x: fixed(0.01) }, 'DeclaredMoving', Thing as never);
    const State = schema({ things: t.stream(Thing), moving: t.map(Moving) }, 'DerivedState');
    expect(told(new State())).toMatch(/^DerivedState\.things streams/);
  });

  it('where an unreliable field is not live, be it deep in the state or beside a live one', () => {
    const Wind = schema({ gust: t.float32().unreliable() }, 'DeclaredWind');
    const Weather = live({ heat: fixed(0.1), rain: t.uint8().unreliable(), wind: t.ref(Wind) }, 'DeclaredWeather');
    const State = schema({ shots: t.map(Shot), weather: t.ref(Weather) }, 'WindyState');
    const advice = 'is unreliable and not live: make it a field of live(), or leave out .unreliable()';
    expect(told(new State()).split('; ').toSorted()).toEqual([
      `DeclaredWeather.rain ${advice}`,
      `DeclaredWind.gust ${advice}`,
    ]);
  });

  it('but for nothing else: live classes that hold themselves, and streams of other classes', () => {
    const Node = live({ x: fixed(0.01), name: t.string(), parts: t.map('string') }, 'DeclaredNode');
    const Tree = Node.extend({ children: t.map(Node) }, 'DeclaredTree');
    const Loop = schema({ name: t.string() }, 'DeclaredLoop');
    const Looped = Loop.extend({ next: t.ref(Loop) }, 'DeclaredLooped');
    expect(told(new (schema({ tree: t.ref(Tree), loops: t.stream(Looped) }, 'LoopState'))())).toBe('');
  });

  it('and one without any may have both', () => {
    const State = schema({ names: t.stream(Name), gust: t.float32().unreliable() }, 'StillDeclaredState');
    expect(told(new State())).toBe('');
  });
});
