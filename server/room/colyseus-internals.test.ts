import { type Client, ClientState, matchMaker, Room } from '@colyseus/core';
import { schema, t } from '@colyseus/schema';
import { InputEncoder } from '@colyseus/schema/input';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { hex } from '../../test/support/bytes.ts';
import { type InProcessClient, InProcessServer } from '../../test/support/in-process.ts';
import { settled } from '../../test/support/virtual-timers.ts';
import {
  advertisePatchInterval,
  afterRoomInit,
  disposeNow,
  inputTaker,
  isBeingCreated,
  isDisposing,
  lastInputOf,
  onRoomDispose,
  onSessionEnd,
  replaceBroadcast,
  sendFullState,
  setClockSource,
  stopSimulationInterval,
  subStepsOf,
  wrapHandlers,
} from './colyseus-internals.ts';

const State = schema({ x: t.int32() }, 'InternalsState');
const Input = schema({ dx: t.int8() }, 'InternalsInput');

/** Colyseus's own room, without anything of ours. */
class PlainRoom extends Room {
  override state = new State();
  readonly log: string[] = [];

  override onCreate(): void {
    this.log.push('onCreate');
    this.setFixedTimestep(() => {}, 50);
  }
}

class InputRoom extends Room {
  override state = new State();
  override inputs = this.defineInput(Input, { subSteps: 3 });
}

/** Fails with a sentence that says what has moved, where a difference of values would not. */
function holds(sentence: string, condition: boolean): void {
  if (!condition) throw new Error(`This is no longer so in @colyseus/core: ${sentence}`);
}

let server: InProcessServer;
let client: InProcessClient;

beforeEach(async () => {
  jest.useFakeTimers({ doNotFake: ['nextTick', 'queueMicrotask', 'setImmediate', 'clearImmediate'] });
  server = await InProcessServer.start({ plain: PlainRoom, input: InputRoom });
});

afterEach(async () => {
  await server.stop();
  jest.clearAllTimers();
  jest.useRealTimers();
});

const inside = (room: Room): Record<string, unknown> => room as unknown as Record<string, unknown>;

describe('what server/ relies on inside @colyseus/core', () => {
  it('afterRoomInit: __init of the prototype runs before onCreate, when class fields are set', async () => {
    class InitRoom extends PlainRoom {}
    const seen: unknown[] = [];
    afterRoomInit(InitRoom, (room) => {
      room.log.push('init');
      seen.push(room.state instanceof State, Object.getOwnPropertyDescriptor(room, 'patchRate')?.get !== undefined);
    });
    matchMaker.defineRoomType('init', InitRoom);
    client = await server.join('init');
    const { log } = client.room as InitRoom;
    holds('the matchmaker calls room.__init() before room.onCreate()', log.join() === 'init,onCreate');
    holds('class fields are set when __init() is called', seen[0] === true);
    holds('__init() makes patchRate an accessor of the instance', seen[1] === true);
  });

  it('wrapHandlers: messages and onMessage are registered by onMessage and onMessageBytes of the prototype', async () => {
    class HandlerRoom extends PlainRoom {
      override messages = { field: () => {}, _: () => {} };
      override onCreate(): void {
        this.onMessage('said', () => {});
        this.onMessageBytes('bytes', () => {});
      }
    }
    const seen: boolean[] = [];
    wrapHandlers(HandlerRoom, (_, handler, isAnswered) => {
      seen.push(isAnswered);
      return handler;
    });
    matchMaker.defineRoomType('handlers', HandlerRoom);
    client = await server.join('handlers');
    holds('each handler is registered once; "_" and bytes answer no request', seen.join() === 'false,true,true,false');
  });

  it('isBeingCreated, isDisposing: a room has the states 0, 1 and 2', async () => {
    const seen: boolean[] = [];
    class StateRoom extends PlainRoom {
      override onCreate(): void {
        seen.push(isBeingCreated(this), isDisposing(this));
      }
    }
    matchMaker.defineRoomType('states', StateRoom);
    client = await server.join('states');
    const { room } = client;
    seen.push(isBeingCreated(room), isDisposing(room));
    const disposal = room.disconnect();
    seen.push(isBeingCreated(room), isDisposing(room));
    await disposal;
    holds('they are CREATING, CREATED, DISPOSING', seen.join() === 'true,false,false,false,false,true');
  });

  it('disposeNow: a room that gave up somebody’s return with its end waits for a second', async () => {
    client = await server.join('plain');
    const { room } = client;
    (room as PlainRoom).onDrop = (dropped) => void room.allowReconnection(dropped, 10).catch(() => {});
    client.ws.end(1006);
    await settled();
    let isOver = false;
    void room.disconnect().then(() => (isOver = true));
    await settled();
    disposeNow(room);
    await settled();
    holds('"dispose" ends it at once', isOver);
  });

  it('replaceBroadcast: broadcast and broadcastBytes go through broadcastMessageType', async () => {
    class BroadcastRoom extends PlainRoom {}
    const seen: unknown[][] = [];
    replaceBroadcast(BroadcastRoom, (room, original, type, message, options) => {
      seen.push([room, type, message, options]);
      original(type, message, options);
    });
    matchMaker.defineRoomType('broadcast', BroadcastRoom);
    client = await server.join('broadcast');
    const { room } = client;
    const options = { except: [] };
    room.broadcast('a', 1, options);
    const data = Uint8Array.of(2);
    room.broadcastBytes('b', data, options);
    holds('Room.broadcast calls this.broadcastMessageType(type, message, options)', seen[0]?.[1] === 'a');
    holds('Room.broadcastBytes calls it with the bytes', seen[1]?.[2] === data);
    expect(seen).toEqual([
      [room, 'a', 1, options],
      [room, 'b', data, options],
    ]);
    client.ws.emit('tick');
    expect(seen).toHaveLength(2);
  });

  it('sendFullState: sends one client the whole state, untouched by patches', async () => {
    client = await server.join('plain');
    client.read();
    client.received = [];
    sendFullState(client.room, client.room.clients[0]!);
    await settled();
    client.read();
    const states = client.received.filter((message) => (message[0]! & 0x1f) === 14).length;
    holds('room.sendFullState(client) sends ROOM_STATE through client.raw', states === 1);
  });

  it('onRoomDispose: "dispose" is emitted on room._events, once', async () => {
    client = await server.join('plain');
    const { room } = client;
    let disposed = 0;
    onRoomDispose(room, () => disposed++);
    await room.disconnect();
    holds('room._events emits "dispose" when the room ends', disposed === 1);
  });

  it('onSessionEnd: "leave" is emitted on room._events with the client, when its seat is gone', async () => {
    client = await server.join('plain');
    const ended: string[] = [];
    onSessionEnd(client.room, (sessionId) => ended.push(sessionId));
    client.ws.end(1001);
    await settled();
    holds('room._events emits "leave" with the client that left', ended.join() === client.sessionId);
  });

  it('onSessionEnd: not while a seat is kept, and when its time is over', async () => {
    class KeepingRoom extends PlainRoom {
      override async onDrop(dropped: Client): Promise<void> {
        await this.allowReconnection(dropped, 5).catch(() => {});
      }
    }
    matchMaker.defineRoomType('keeping', KeepingRoom);
    client = await server.join('keeping');
    const ended: string[] = [];
    onSessionEnd(client.room, (sessionId) => ended.push(sessionId));
    client.ws.end(1001);
    await settled();
    jest.advanceTimersByTime(4_000);
    await settled();
    holds('no "leave" is emitted while allowReconnection holds the seat', ended.length === 0);
    jest.advanceTimersByTime(1_001);
    await settled();
    holds('"leave" is emitted when the time to reconnect is over, the seat being free', ended.length === 1);
  });

  it('setClockSource: the room\u2019s clock reads its own `now`', async () => {
    client = await server.join('plain');
    const { clock } = client.room;
    let nowMs = 1_000;
    setClockSource(client.room, () => nowMs);
    clock.tick();
    const before = clock.elapsedTime;
    nowMs = 1_016.5;
    clock.tick();
    holds('room.clock.tick() takes the time from clock.now()', clock.deltaTime === 16.5);
    holds('room.clock.elapsedTime moves by deltaTime', Math.abs(clock.elapsedTime - before - 16.5) < 1e-9);
  });

  it('stopSimulationInterval: setFixedTimestep runs on room._simulationInterval, which stays set', async () => {
    client = await server.join('plain');
    const { room } = client;
    let steps = 0;
    room.setFixedTimestep(() => steps++, 50);
    jest.advanceTimersByTime(100);
    holds('setFixedTimestep steps by a timer', steps > 0);
    stopSimulationInterval(room);
    steps = 0;
    jest.advanceTimersByTime(1_000);
    holds('room._simulationInterval is the timer of setFixedTimestep', steps === 0);
    holds('room._simulationInterval is still set afterwards', inside(room)._simulationInterval !== undefined);
    const elapsedMs = room.clock.elapsedTime;
    room.broadcastPatch();
    holds('broadcastPatch leaves the clock alone while it is set', room.clock.elapsedTime === elapsedMs);
  });

  it('a patchRate of null sets no timer in a room with a step', async () => {
    client = await server.join('plain');
    const { room } = client;
    stopSimulationInterval(room);
    room.patchRate = 50;
    const timers = jest.getTimerCount();
    room.patchRate = null;
    holds('room.patchRate = null ends the patch timer and sets no other', jest.getTimerCount() === timers - 1);
  });

  it('advertisePatchInterval: the input controller reads room, and nothing else of it than we give', async () => {
    client = await server.seat('input');
    const { room } = client;
    const controller = inside(room)._inputController as {
      room: Room;
      handshakeSections(): { tag: number; bytes: Uint8Array }[];
    };
    holds('room._inputController.room is the room', controller.room === room);
    room.patchRate = null;
    room.setFixedTimestep(() => {}, 60);
    stopSimulationInterval(room);
    advertisePatchInterval(room, 1_000 / 60);
    // Any other property of the room that it reads would be missing now, and would be told by name.
    const given = controller.room;
    const missing: string[] = [];
    controller.room = new Proxy(given, {
      get: (target, name) => {
        if (!(name in target)) missing.push(String(name));
        return Reflect.get(target, name) as unknown;
      },
    });
    await client.connect();
    await client.acknowledgeJoin();
    client.say('13 00');
    room.inputs!.get(client.sessionId).next();
    await settled();
    holds(`the input controller reads of its room only what we give it (${missing.join(', ')})`, missing.length === 0);
    const options = controller.handshakeSections().find(({ tag }) => tag === 2)!;
    // Flags, then tick rate, patch interval and sub-steps, each in one byte.
    holds('INPUT_OPTIONS has the tick rate, the patch interval and the sub-steps', options.bytes.length === 4);
    expect(hex(options.bytes.subarray(1))).toBe('3c 11 03');
  });

  it('advertisePatchInterval: does nothing where there are no inputs', async () => {
    client = await server.join('plain');
    holds('a room without defineInput has no _inputController', inside(client.room)._inputController === undefined);
    expect(() => advertisePatchInterval(client.room, 16)).not.toThrow();
  });

  it('subStepsOf: what defineInput was told is in the controller\u2019s options', async () => {
    client = await server.seat('input');
    holds('_inputController.options.subSteps is what defineInput was told', subStepsOf(client.room) === 3);
    const plain = await server.seat('plain');
    expect(subStepsOf(plain.room)).toBe(1);
  });

  /** What core and Schema have of a client's inputs. */
  interface InputParts {
    _inputBuffer: Record<string, unknown> & { next(): { dx: number } | undefined; compact(): void; clear(): void };
    _inputDecoder: { _decoder: { root: { garbageCollectDeletedRefs(): void } } };
  }
  interface Controller {
    decodeReliable(...call: unknown[]): void;
  }

  async function withInputs() {
    client = await server.join('input');
    const { room } = client;
    const [joined] = room.clients;
    const controller = inside(room)['_inputController'] as Controller;
    return { room, joined: joined!, controller, ...(joined as unknown as InputParts) };
  }

  /** A reliable input as a client of core sends it. */
  const inputOf = (dx: number): Uint8Array => {
    const input = new Input();
    const encoder = new InputEncoder(input);
    input.dx = dx;
    return Uint8Array.from([0x13, ...encoder.encode()]);
  };

  it('inputTaker: a reliable input goes to decodeReliable, which reads it from where it is told to', async () => {
    const { room, joined, controller, _inputBuffer: buffer } = await withInputs();
    const calls: unknown[][] = [];
    const decode = controller.decodeReliable;
    controller.decodeReliable = function (...call: unknown[]) {
      calls.push([call[0], hex(call[1] as Uint8Array), (call[2] as { offset: number }).offset, call[3]]);
      decode.apply(this, call);
    };
    const input = inputOf(5);
    joined.ref.emit('message', Buffer.from(input)); // past our own way, which a frame takes
    holds(
      'core calls _inputController.decodeReliable(client, message, { offset: 1 }, modifiers)',
      calls.length === 1 && calls[0]![0] === joined && calls[0]!.slice(1).join() === `${hex(input)},1,0`,
    );
    holds('decodeReliable leaves the input in client._inputBuffer', buffer.next()?.dx === 5);
    inputTaker(room, joined)!.take(Uint8Array.of(0xff, 0xff, ...inputOf(-7)), 2);
    holds('decodeReliable reads from the offset on, in any bytes', buffer.next()?.dx === -7);
  });

  it('lastInputOf: client._inputBuffer counts what the room has taken, by consumedCount and ackSeq', async () => {
    const { room, joined, _inputBuffer: buffer } = await withInputs();
    holds(
      'client._inputBuffer.consumedCount begins with 0',
      buffer['consumedCount'] === 0 && lastInputOf(joined) === 0,
    );
    for (const dx of [1, 2, 3]) client.say(hex(inputOf(dx)));
    buffer.next();
    buffer.next();
    holds('_inputBuffer.ackSeq is the number of the last that was taken', lastInputOf(joined) === 2);
    buffer['consumedCount'] = 40;
    holds('ackSeq of reliable inputs is consumedCount, which may be set', lastInputOf(joined) === 40);
    let cleared = 0;
    buffer.clear = () => cleared++;
    (room as InputRoom).onDrop = (dropped) => void room.allowReconnection(dropped, 1).catch(() => {});
    client.ws.end(1006);
    await settled();
    holds('core calls client._inputBuffer.clear() when the client drops', cleared === 1);
  });

  it('spareInputs: the places of client._inputBuffer and what empties them', async () => {
    const { _inputBuffer: buffer } = await withInputs();
    for (const name of ['_items', '_renderTimes', '_reckonTimes']) {
      holds(`_inputBuffer.${name} is a list`, Array.isArray(buffer[name]));
    }
    holds('_inputBuffer._seqs is undefined before an unreliable input', buffer['_seqs'] === undefined);
    const prototype = Object.getPrototypeOf(buffer) as Record<string, unknown>;
    for (const name of ['compact', 'accept', 'clear']) {
      holds(`${name} is a method of the class of _inputBuffer`, typeof prototype[name] === 'function');
    }
    let compacted = 0;
    buffer.compact = () => compacted++;
    client.say(hex(inputOf(1)));
    buffer.next();
    holds('_inputBuffer.next() calls this.compact()', compacted === 1);
    const { _head: head, _items: items } = buffer as unknown as { _head: number; _items: unknown[] };
    holds('_inputBuffer._head is how many of _items were taken', head === 1 && items.length === 1);
  });

  it('spareInputs: each input is searched for what went by _decoder.root.garbageCollectDeletedRefs', async () => {
    const { _inputBuffer: buffer, _inputDecoder: decoder } = await withInputs();
    const root = decoder._decoder?.root;
    holds('client._inputDecoder._decoder.root is there', root !== undefined);
    holds('root has garbageCollectDeletedRefs', typeof root.garbageCollectDeletedRefs === 'function');
    let searches = 0;
    root.garbageCollectDeletedRefs = () => searches++;
    client.say(hex(inputOf(1)));
    holds('decoding an input calls root.garbageCollectDeletedRefs()', searches === 1);
    holds('an input is decoded all the same without it', buffer.next()?.dx === 1);
  });

  it('a connection is known to the room by client.ref: `message`, `close` and removeAllListeners', async () => {
    client = await server.join('plain');
    const ref = client.room.clients[0]!.ref as unknown as { listenerCount(event: string): number };
    holds('the room listens to "message" on client.ref', ref.listenerCount('message') === 1);
    holds('a client has state JOINED behind its acknowledgement', client.room.clients[0]!.state === ClientState.JOINED);
  });
});
