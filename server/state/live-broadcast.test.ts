import { type Client, ClientState, SchemaSerializer } from '@colyseus/core';
import { Encoder, schema, StateView, t } from '@colyseus/schema';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { EncoderStream } from '../../shared/delta/encoder-stream.ts';
import { MOST_ENTITIES } from '../../shared/delta/frame-coder.ts';
import { angle, fixed, live, quaternion, uint } from '../../shared/live/live.ts';
import { MessageCode, messageCode } from '../../shared/wire/colyseus-message.ts';
import { hex } from '../../test/support/bytes.ts';
import { LiveStage } from '../../test/support/live-stage.ts';
import { LiveSerializer } from '../room/live-serializer.ts';

const Ship = live(
  { name: t.string().default(''), x: fixed(0.01), heading: angle(360, 360), rotation: quaternion(0.001) },
  'BroadcastShip',
);
const State = live({ tick: uint(2 ** 30), ships: t.map(Ship), hidden: t.map(Ship).view() }, 'BroadcastState');
type Ship = InstanceType<typeof Ship>;
type State = InstanceType<typeof State>;

/** Calls of everything that encodes. */
const ENCODINGS = [
  [Encoder.prototype, 'encode'],
  [Encoder.prototype, 'encodeView'],
  [Encoder.prototype, 'encodeAll'],
  [Encoder.prototype, 'encodeAllView'],
  [Encoder.prototype, 'encodeUnreliable'],
  [Encoder.prototype, 'encodeUnreliableView'],
  [EncoderStream.prototype, 'delta'],
  [EncoderStream.prototype, 'keyframe'],
] as const;

let encodings: Map<string, jest.Mock>;

beforeEach(() => {
  encodings = new Map(ENCODINGS.map(([prototype, name]) => [name, jest.spyOn(prototype as never, name) as jest.Mock]));
});

afterEach(() => {
  jest.restoreAllMocks();
});

/** What was encoded since the last time, without what never was. */
function encoded(): Record<string, number> {
  const counts = [...encodings].flatMap(([name, spy]) =>
    spy.mock.calls.length > 0 ? [[name, spy.mock.calls.length] as const] : [],
  );
  for (const spy of encodings.values()) spy.mockClear();
  return Object.fromEntries(counts);
}

function begun(options: { timed?: boolean } = {}) {
  const stage = new LiveStage<State>(new State(), options);
  const { state } = stage;
  const ships = ['a', 'b', 'c'].map((name, i) => {
    const ship = new Ship({ name, x: i });
    state.ships.set(name, ship);
    return ship;
  });
  const secret = new Ship({ name: 'secret' });
  state.hidden.set('secret', secret);
  const play = (): void => {
    state.tick++;
    for (const ship of [...ships, secret]) ship.x += 0.1;
    ships[1]!.name = `b${state.tick}`;
    stage.tick();
  };
  play();
  encoded();
  return { stage, state, ships, secret, play };
}

const scene = ({ state }: { state: State }): string => JSON.stringify([state.tick, state.ships]);

describe('a tick (D)', () => {
  it.each([1, 3, 40])('[D12] is encoded once, for %i framed clients as for one', (clients) => {
    const { stage, state, play } = begun({ timed: true });
    for (let i = 0; i < clients; i++) stage.join();
    encoded();
    for (let i = 0; i < 5; i++) {
      play();
      expect(encoded()).toEqual({ encode: 1, delta: 1 });
    }
    for (const client of stage.clients) expect([client.patches, scene(client)]).toEqual([5, scene({ state })]);
  });

  it('[D12] is encoded once a view, and once more for those who speak plain Colyseus', () => {
    const { stage, play, state, secret } = begun();
    const views = [new StateView(), new StateView()];
    views[0]!.add(secret);
    views[1]!.add(state.hidden);
    for (let i = 0; i < 12; i++) stage.join({ view: views[i % 2]! });
    for (let i = 0; i < 7; i++) stage.join();
    play();
    encoded();
    play();
    expect(encoded()).toEqual({ encode: 3, encodeView: 2, delta: 3 }); // encodeView calls encode
    for (let i = 0; i < 5; i++) stage.join({ framed: false });
    for (let i = 0; i < 5; i++) stage.join({ framed: false, view: views[0]! });
    encoded();
    play();
    expect(encoded()).toEqual({
      encode: 3,
      encodeView: 2,
      delta: 3,
      encodeUnreliable: 2, // encodeUnreliableView calls it
      encodeUnreliableView: 1,
    });
    for (const client of stage.clients) {
      expect(scene(client)).toBe(scene(stage));
      expect(client.state.hidden?.get('secret')?.x).toBe(client.view === undefined ? undefined : secret.x);
    }
  });

  it('goes to all untimed clients as one and the same message, and to timed ones as one each', () => {
    for (const timed of [false, true]) {
      const { stage, play } = begun({ timed });
      const messages: Uint8Array[] = [];
      for (let i = 0; i < 4; i++) {
        const { client } = stage.join();
        const { raw } = client;
        client.raw = (message: Uint8Array) => {
          messages.push(message);
          raw.call(client, message);
        };
      }
      play();
      expect([messages.length, new Set(messages).size]).toEqual([4, timed ? 4 : 1]);
    }
  });

  it('without live fields in its structure, unless a plain client wants them there', () => {
    const { stage, state, play } = begun();
    const [one, other] = [stage.join(), stage.join()];
    const bytesOf = (how: () => void): number => {
      const before = one.bytes;
      how();
      return one.bytes - before;
    };
    const addShip = (): void => {
      state.ships.set(`s${state.tick}`, new Ship({ x: 1 }));
      play();
    };
    addShip();
    const bare = bytesOf(addShip);
    stage.join({ framed: false });
    const full = bytesOf(addShip);
    expect(full).toBeGreaterThan(bare + 20); // numbers of 8 bytes, for a newcomer
    stage.clients.at(-1)!.lag(); // it is sent no patches now
    expect(bytesOf(addShip)).toBeLessThan(bare + 3);
    stage.leave(stage.clients.at(-1)!);
    expect(bytesOf(addShip)).toBeLessThan(bare + 3);
    for (const client of [one, other]) expect(scene(client)).toBe(scene(stage));
  });

  it('costs nothing where nobody takes state, and nothing piles up', () => {
    const { stage, play, state } = begun();
    play();
    expect(encoded()).toEqual({});
    const [framed, plain] = [stage.join(), stage.join({ framed: false })];
    for (const client of stage.clients) client.lag();
    encoded();
    for (let i = 0; i < 100; i++) play();
    expect(encoded()).toEqual({});
    for (const client of stage.clients) client.recover();
    play();
    expect(encoded()).toEqual({ encodeAll: 2, keyframe: 1 });
    state.ships.get('a')!.x = 77;
    play();
    for (const client of [framed, plain]) {
      expect([client.wholes, client.patches, scene(client)]).toEqual([2, 1, scene(stage)]);
    }
  });

  it('is one message to a plain client, structure and live fields in one', () => {
    const { stage, play } = begun();
    const plain = stage.join({ framed: false });
    for (let i = 1; i <= 5; i++) {
      play();
      expect([plain.patches, scene(plain)]).toEqual([i, scene(stage)]);
    }
  });

  it('[M2] with nothing to say is no message to an untimed plain client, and to a timed one the clock alone', () => {
    for (const timed of [false, true]) {
      const { stage } = begun({ timed });
      const plain = stage.join({ framed: false });
      for (let i = 0; i < 3; i++) stage.tick();
      expect([plain.patches, plain.last.length]).toEqual(timed ? [3, 9] : [0, plain.last.length]);
    }
  });

  it('[D4] a plain client that joins among framed ones has what was assigned in that tick, canonical, and what follows', () => {
    const { stage, ships, play } = begun();
    stage.join();
    for (let i = 0; i < 3; i++) play();
    const [ship] = ships;
    ship!.rotation.x = 3;
    ship!.rotation.w = 4;
    Object.assign(ship!, { heading: undefined });
    ship!.heading = 7;
    ship!.x = 9;
    const plain = stage.join({ framed: false });
    for (let i = 0; i < 3; i++) {
      stage.tick();
      expect(scene(plain)).toBe(scene(stage));
    }
    for (let i = 0; i < 3; i++) {
      play();
      expect(scene(plain)).toBe(scene(stage));
    }
  });

  it('[D4] rotations are canonical after it, whoever looks', () => {
    const { stage, ships, secret } = begun();
    for (const { rotation } of [ships[0]!, secret]) Object.assign(rotation, { x: 3, w: 4 });
    stage.tick();
    for (const { rotation } of [ships[0]!, secret]) {
      expect(rotation.x ** 2 + rotation.y ** 2 + rotation.z ** 2 + rotation.w ** 2).toBeCloseTo(1, 2);
    }
  });

  it('says whether anything changed', () => {
    const { stage, state, ships } = begun();
    for (const clients of [0, 1]) {
      if (clients > 0) stage.join();
      expect(stage.tick()).toBe(false);
      ships[0]!.x = 40 + clients;
      expect(stage.tick()).toBe(true);
      state.ships.set('d', new Ship());
      expect(stage.tick()).toBe(true);
      state.ships.delete('d');
      expect(stage.tick()).toBe(true);
    }
  });

  it('[D4] makes a rotation that was assigned component by component canonical, for all alike', () => {
    const { stage, ships, play } = begun();
    const clients = [stage.join(), stage.join({ framed: false })];
    for (let i = 1; i < 20; i++) {
      ships[0]!.rotation.x = Math.sin(i);
      ships[0]!.rotation.z += 0.2;
      if (i % 5 === 0) stage.state.ships.set(`new ${i}`, new Ship());
      if (i % 5 === 0) stage.state.ships.get(`new ${i}`)!.rotation.y = 0.7;
      play();
      for (const client of clients) expect(scene(client)).toBe(scene(stage));
    }
  });
});

describe('whole states (D)', () => {
  it('several in one tick are one encoding, until something happens in between', () => {
    const { stage, state, play } = begun();
    for (let i = 0; i < 5; i++) stage.join();
    play();
    encoded();
    for (const client of stage.clients) client.isOwed = true;
    play(); // and behind it the five
    expect(encoded()).toEqual({ encodeAll: 1, keyframe: 1 });
    stage.join();
    expect(encoded()).toEqual({});
    state.ships.set('d', new Ship());
    stage.join();
    stage.join();
    expect(encoded()).toEqual({ encodeAll: 2, keyframe: 2 });
    play();
    expect(encoded()).toEqual({ encode: 1, delta: 1 });
    for (const client of stage.clients) expect(scene(client)).toBe(scene(stage));
  });

  it('in the middle of a tick a client is level with what the others saw last, and has what is new', () => {
    const { stage, state, ships, play } = begun();
    const early = stage.join();
    play();
    ships[0]!.x = 50;
    ships[2]!.x = 60;
    state.ships.delete('c');
    state.ships.set('d', new Ship({ name: 'd', x: 7 }));
    const late = stage.join();
    expect(late.state.ships.get('a')!.x).toBe(early.state.ships.get('a')!.x);
    expect([...late.state.ships.keys()]).toEqual(['a', 'b', 'd']);
    expect(late.state.ships.get('d')!.toJSON()).toEqual(state.ships.get('d')!.toJSON());
    play();
    for (const client of [early, late]) expect(scene(client)).toBe(scene(stage));
    state.ships.set('c', ships[2]!); // again
    for (let i = 0; i < 3; i++) play();
    for (const client of [early, late]) expect(scene(client)).toBe(scene(stage));
  });

  it('a client that comes to another view gets the whole of that in the place of the patch', () => {
    const { stage, secret, play } = begun();
    const [seeing, blind] = [new StateView(), new StateView()];
    seeing.add(secret);
    const client = stage.join({ view: blind });
    const other = stage.join({ view: seeing });
    const ship = client.state.ships.get('a');
    play();
    for (const [view, sees] of [[seeing, true] as const, [undefined, false] as const, [seeing, true] as const]) {
      const { wholes, patches } = client;
      client.view = view;
      play();
      expect([client.wholes - wholes, client.patches - patches]).toEqual([1, 0]);
      expect(client.state.hidden?.get('secret')?.x).toBe(sees ? secret.x : undefined);
      play();
      expect([client.wholes - wholes, client.patches - patches]).toEqual([1, 1]);
      expect([scene(client), client.state.ships.get('a')]).toEqual([scene(stage), ship]);
      expect(client.state.hidden?.get('secret')?.x).toBe(sees ? secret.x : undefined);
    }
    expect(other.wholes).toBe(1);
  });

  it('of a view, larger than the encoder’s buffer, is whole', () => {
    jest.spyOn(console, 'warn').mockImplementation(() => {});
    const { stage, state, secret, play } = begun();
    const long = 'x'.repeat(Encoder.BUFFER_SIZE / 10);
    for (let i = 0; i < 25; i++) state.ships.set(`long ${i}`, new Ship({ name: long + i }));
    secret.name = long.repeat(12);
    const view = new StateView();
    view.add(secret);
    for (const framed of [true, false]) {
      const client = stage.join({ framed, view });
      expect(scene(client)).toBe(scene(stage));
      expect(client.state.hidden.get('secret')!.name).toBe(secret.name);
    }
    play();
    for (const client of stage.clients) expect(scene(client)).toBe(scene(stage));
  });

  it('with what came into a view while its clients took nothing: nobody is told of that a second time', () => {
    const Log = schema({ lines: t.array('string') }, 'ViewedLog');
    const Logs = live({ tick: uint(1_000), logs: t.map(Log).view() }, 'ViewedLogs');
    const stage = new LiveStage(new Logs());
    const { state } = stage;
    const view = new StateView();
    view.add(state.logs);
    const clients = [stage.join({ view }), stage.join({ view, framed: false })];
    const log = new Log();
    log.lines.push('one', 'two');
    state.logs.set('log', log);
    stage.tick();
    for (const client of clients) client.lag();
    stage.tick();
    view.add(log);
    stage.tick();
    for (const client of clients) client.recover();
    stage.tick();
    log.lines.shift();
    for (let i = 0; i < 3; i++) {
      stage.tick();
      expect(clients.map((client) => [...client.state.logs.get('log')!.lines])).toEqual([['two'], ['two']]);
    }
  });

  it('without a client is what a plain one without a view gets', () => {
    const { stage } = begun();
    const plain = stage.join({ framed: false });
    expect(hex(stage.serializer.getFullState())).toBe(hex(plain.last));
  });
});

describe('streams of the codec', () => {
  it('end with their last client, whether it left, fell behind or looks elsewhere', () => {
    const { stage, secret, play } = begun();
    const view = new StateView();
    view.add(secret);
    const ends: ((client: ReturnType<typeof stage.join>) => void)[] = [
      (client) => stage.leave(client),
      (client) => client.lag(),
      (client) => (client.view = undefined),
    ];
    stage.join();
    for (const end of ends) {
      const client = stage.join({ view });
      play();
      encoded();
      play();
      expect(encoded()['delta']).toBe(2);
      end(client);
      play();
      encoded();
      play();
      expect(encoded()['delta']).toBe(1);
      client.recover();
      play();
      expect(scene(client) === scene(stage)).toBe(stage.clients.includes(client));
      stage.leave(client);
    }
  });

  it('do not send to clients that have not joined', () => {
    const { stage, play } = begun();
    const { client } = stage.join();
    client.state = ClientState.JOINING;
    const messages = stage.clients[0]!.patches;
    play();
    expect(stage.clients[0]!.patches).toBe(messages);
  });
});

describe('what a game may get wrong', () => {
  const Rock = live({ x: fixed(1) }, 'ManyRock');
  const Field = live({ rocks: t.map(Rock), ship: Ship }, 'ManyField');

  it(`more than ${MOST_ENTITIES} instances with live fields: the error says of what there are too many`, () => {
    jest.spyOn(console, 'warn').mockImplementation(() => {});
    const state = new Field();
    const { rocks } = state;
    state.ship = new Ship();
    const counted = MOST_ENTITIES - 2; // the ship and its rotation
    for (let i = 0; i < counted; i++) rocks.set(`${i}`, new Rock({ x: i }));
    const serializer = new LiveSerializer();
    serializer.reset(state);
    const codes: number[] = [];
    const client = {
      state: ClientState.JOINED,
      ref: { framed: true, takesState: true },
      raw: (sent: Uint8Array) => void codes.push(messageCode(sent)),
    } as unknown as Client;
    client.raw(serializer.getFullState(client));
    rocks.set('one too many', new Rock());
    rocks.set('another one', new Rock());
    const message = new RegExp(
      `at most ${MOST_ENTITIES} .* there are ${counted + 2} ManyRock, 1 .*, 1 .*: .*schema\\(\\)`,
    );
    expect(() => serializer.applyPatches([client])).toThrow(message);
    expect(() => serializer.getFullState(client)).toThrow(message);
    rocks.delete('one too many');
    rocks.delete('another one');
    for (let i = 0; i < 2; i++) serializer.applyPatches([client]);
    expect(codes).toEqual([MessageCode.RoomState, MessageCode.RoomState, MessageCode.RoomStatePatch]);
  }, 60_000);
});

describe('a state without live fields', () => {
  const Still = schema({ name: t.string(), gust: t.float32().unreliable() }, 'StillState');

  it('is sent as Colyseus sends it, to framed and plain clients alike', () => {
    const sent = [new LiveSerializer(), new SchemaSerializer()].map((serializer) => {
      const state = new Still().assign({ name: 'a', gust: 1 });
      serializer.reset(state);
      const messages: string[] = [];
      const clients = [true, false].map(
        (framed) =>
          ({
            state: ClientState.JOINED,
            ref: { framed, takesState: true },
            raw: (message: Uint8Array) => void messages.push(hex(message)),
          }) as unknown as Client,
      );
      for (const client of clients) client.raw(serializer.getFullState(client, { sNow: 5 }));
      for (const name of ['b', 'b', 'c']) {
        state.name = name;
        messages.push(String(serializer.applyPatches(clients, state, { sNow: 6 })));
      }
      serializer.applyUnreliablePatches(clients);
      return [messages, serializer.hasUnreliableFields, serializer.id];
    });
    expect(sent[0]).toEqual(sent[1]);
  });

  it('and one with live fields does not have Colyseus look for unreliable ones', () => {
    const serializers = [new Still(), new State()].map((state) => {
      const serializer = new LiveSerializer();
      serializer.reset(state);
      return serializer;
    });
    expect(serializers.map(({ hasUnreliableFields }) => hasUnreliableFields)).toEqual([true, false]);
    expect(serializers.map(({ hasLiveFields }) => hasLiveFields)).toEqual([false, true]);
    const whole = serializers[1]!.getFullState();
    expect(messageCode(whole)).toBe(MessageCode.RoomState);
  });
});
