import { t } from '@colyseus/schema';
import { describe, expect, it, jest } from '@jest/globals';
import { bytes } from '../../test/support/bytes.ts';
import { LiveServer } from '../../test/support/live-session.ts';
import { refusal, refusalCode } from '../../test/support/wire-errors.ts';
import { fixed, live } from '../live/live.ts';
import { setOmission } from '../schema/omission.ts';
import { writeLiveBody } from './live-body.ts';

const Ship = live({ name: t.string().default(''), x: fixed(0.01) }, 'DecoderShip');
const State = live({ ships: t.map(Ship), note: t.string().default('') }, 'DecoderState');
type State = InstanceType<typeof State>;

const NOTHING = new Uint8Array(0);
/** Longer than it takes a number to be steady. */
const LONG = 60;

function begun() {
  const state = new State();
  const server = new LiveServer<State>(state);
  const client = server.join();
  const { encoder } = server;
  /** What Schema has to say, which is then said. */
  const structure = (): Uint8Array => {
    setOmission(encoder, () => true);
    const encoded = encoder.encode().slice();
    encoder.discardChanges();
    encoder.discardUnreliableChanges();
    return encoded;
  };
  /** The next delta, with another structure than Schema's. */
  const delta = (told: Uint8Array): Uint8Array => {
    const body = server.stream().delta(told);
    server.entities.endTick();
    return body;
  };
  return { state, server, client, structure, delta };
}

describe('instances that the structure has not, or not any more (D12)', () => {
  it('[D12] one that the structure takes while the stream keeps it is written to when it comes again, as another', () => {
    const { state, server, client, structure, delta } = begun();
    const ship = new Ship({ name: 'a', x: 1 });
    state.ships.set('a', ship);
    server.tick();
    const before = client.state.ships.get('a');
    state.ships.delete('a');
    const gone = structure();
    state.ships.set('a', ship);
    client.live.delta(delta(gone));
    expect([client.state.ships.size, client.live.follows]).toEqual([0, true]);
    server.tick();
    expect(client.state.ships.get('a')).not.toBe(before);
    expect(client.state.toJSON()).toEqual(state.toJSON());
    expect(before!.x).toBe(1);
    ship.x = 2;
    server.tick();
    expect(client.state.ships.get('a')!.x).toBe(2);
    expect(before!.x).toBe(1);
  });

  it('[D12] what left while it was waited for is not waited for any more', () => {
    const { state, server, client, structure, delta } = begun();
    const [a, b] = [new Ship({ name: 'a', x: 1 }), new Ship({ name: 'b', x: 2 })];
    const untold = () => {
      structure();
      client.live.delta(delta(NOTHING));
    };
    state.ships.set('b', b);
    state.ships.set('a', a);
    untold();
    state.ships.delete('a');
    state.ships.delete('b');
    untold();
    // It lies where b lay; where it lay itself, there are its old values.
    a.x = 4;
    state.ships.set('a', a);
    server.tick();
    expect(client.state.toJSON()).toEqual(state.toJSON());
    expect(client.state.ships.get('a')!.x).toBe(4);
  });

  it('[D12] one that is waited for and changes is waited for once', () => {
    const { state, client, structure, delta } = begun();
    const ship = new Ship({ x: 1 });
    state.ships.set('a', ship);
    const add = structure();
    client.live.delta(delta(NOTHING));
    for (let tick = 0; tick < 40; tick++) {
      ship.x += tick;
      structure();
      client.live.delta(delta(NOTHING));
    }
    const looks = jest.spyOn(client.decoder.root.refs, 'get');
    client.live.delta(delta(NOTHING));
    expect(looks).toHaveBeenCalledTimes(1);
    looks.mockRestore();
    client.live.delta(delta(add));
    expect(client.state.ships.get('a')!.x).toBe(ship.x);
  });
});

describe('what Schema’s decoder throws (D13)', () => {
  it.each(['a delta', 'a keyframe'])(
    '[D13] at %s leaves what it had read, and the next keyframe puts it right',
    (what) => {
      const { state, server, client } = begun();
      state.ships.set('a', new Ship({ name: 'a', x: 1 }));
      server.tick();
      const { decoder, live: stream } = client;
      const heard = jest.fn();
      decoder.triggerChanges = heard;
      const failing = (method: 'decode' | 'decodeResync') => {
        const whole = decoder[method].bind(decoder);
        jest.spyOn(decoder, method).mockImplementationOnce((bytes, ...rest) => {
          whole(bytes, ...rest);
          throw new TypeError('of Schema');
        });
      };
      const ship = new Ship({ name: 'b', x: 2 });
      state.ships.set('b', ship);
      state.ships.get('a')!.x = 5;
      failing(what === 'a delta' ? 'decode' : 'decodeResync');
      if (what === 'a delta') expect(() => server.tick()).toThrow('of Schema');
      else expect(() => stream.keyframe(server.keyframe())).toThrow('of Schema');
      // The values that were told with it are not written.
      expect(client.state.ships.get('a')!.x).toBe(1);
      expect(stream.follows).toBe(false);
      expect(refusal(() => stream.delta(NOTHING))).toBe('bad-state@0');
      if (what === 'a delta') {
        server.encoder.discardChanges();
        server.encoder.discardUnreliableChanges();
        server.entities.endTick();
      }
      stream.keyframe(server.keyframe());
      server.tick();
      expect(client.state.toJSON()).toEqual(state.toJSON());
      ship.x = 3;
      server.tick();
      expect(client.state.toJSON()).toEqual(state.toJSON());
    },
  );
});

describe('where a body is wrong (D13)', () => {
  it.each([
    ['structure that it does not have', '05 80 01', 'truncated@8'],
    ['a varint without an end', '80 80', 'truncated@7'],
    ['a live class of unknown kind', '00 01 01 05 00 01 78', 'bad-state@10'],
    ['layouts that end too early', '00 01 01 03 00 05 78', 'truncated@12'],
  ])('[D13] %s: the byte is that of a frame of its own', (_, rest, expected) => {
    const { client } = begun();
    expect(refusal(() => client.live.keyframe(writeLiveBody(0, bytes(rest))))).toBe(expected);
  });
});

describe('deltas without bytes (D1)', () => {
  /** A ship that moves as ever, and nothing else to tell. */
  function moving() {
    const all = begun();
    const { state, server } = all;
    const ship = new Ship({ x: 0 });
    state.ships.set('a', ship);
    const tick = () => {
      ship.x += 1;
      return server.stream().delta(NOTHING);
    };
    server.tick();
    for (let i = 0; i < LONG; i++) {
      ship.x += 1;
      server.tick();
    }
    const empty = () => {
      const body = tick();
      server.encoder.discardUnreliableChanges();
      expect(body).toHaveLength(0);
      return body;
    };
    return { ...all, ship, empty };
  }

  it.each([1, 2, 100, 255])('[D1] %i that are lost leave a client behind, and the next delta says so', (lost) => {
    const { client, ship, empty, delta } = moving();
    client.live.delta(empty());
    expect(client.state.ships.get('a')!.x).toBe(ship.x);
    for (let i = 0; i < lost; i++) empty();
    client.live.delta(empty());
    expect(client.state.ships.get('a')!.x).toBe(ship.x - lost);
    ship.x += 7;
    const next = delta(NOTHING);
    expect(refusalCode(() => client.live.delta(next))).toBe('bad-check');
    expect([client.live.follows, client.state.ships.get('a')!.x]).toEqual([false, ship.x - 7 - lost]);
  });

  it.each([1, 2, 100, 255])('[D1] %i that come twice are noticed in the same way', (doubled) => {
    const { client, ship, empty, delta } = moving();
    for (let i = 0; i < doubled; i++) {
      const body = empty();
      client.live.delta(body);
      client.live.delta(body);
    }
    expect(client.state.ships.get('a')!.x).toBe(ship.x + doubled);
    ship.x += 7;
    const next = delta(NOTHING);
    expect(refusalCode(() => client.live.delta(next))).toBe('bad-check');
    expect(client.live.follows).toBe(false);
  });
});
