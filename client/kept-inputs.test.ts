import { beforeEach, describe, expect, it } from '@jest/globals';
import { schema, t } from '@colyseus/schema';
import { InputDecoder } from '@colyseus/schema/input';
import { type InputHandle, Room } from 'colyseus.js';
import { KeptInputs } from './kept-inputs.ts';

const Keys = schema({ x: t.int8(), fire: t.boolean() }, 'Keys');
type Keys = InstanceType<typeof Keys>;

let isOpen: boolean;
let isOver: boolean;
let sent: Uint8Array[];
let inputs: KeptInputs;
let handle: InputHandle<Keys>;

beforeEach(() => {
  isOpen = true;
  isOver = false;
  sent = [];
  const room = new Room('room');
  handle = room.input<Keys>({ type: Keys });
  inputs = new KeptInputs({
    isOpen: () => isOpen,
    comesBack: () => !isOver,
    send: (message) => sent.push(message.slice()),
    clock: () => room.clock,
    now: () => 1_000,
  });
  inputs.watch(handle);
});

/** Makes inputs: of number n, `x` is n. @returns what the handle says of each */
function make(count: number): number[] {
  return Array.from({ length: count }, () => {
    handle.data.x = handle.sentCount + 1;
    handle.data.fire = false;
    return handle.send();
  });
}

/** What a server reads that has heard nothing before. */
function read(): { x: number; fire: boolean }[] {
  const keys = new Keys();
  const decoder = new InputDecoder(keys);
  return sent.splice(0).map((message) => {
    expect(message[0]).toBe(19); // reliable, without a time stamp
    decoder.decode(message.subarray(1));
    return { x: keys.x, fire: keys.fire };
  });
}

const seen = (...numbers: number[]) => numbers.map((x) => ({ x, fire: false }));

/** The connection is lost. */
function drop(): void {
  isOpen = false;
  inputs.dropping(() => handle.reset());
}

function comeBack(taken: number | undefined): void {
  isOpen = true;
  inputs.goOn(taken);
}

describe('inputs over connections (M7)', () => {
  it('what this relies on inside the SDK’s handle is there', () => {
    make(1);
    expect(handle).toMatchObject({ _sentCount: 1, _lastProcessed: 0, _lastStamp: 0, _framed: sent[0] });
    const parts = handle as unknown as Record<string, Record<string, unknown>>;
    for (const name of ['_encoder', '_inputBuffer', '_sendTimes', '_host']) expect([name, parts[name]]).toBeDefined();
    for (const name of ['reset', 'encode', 'copyInto']) {
      expect([name, typeof parts['_encoder']![name]]).toEqual([name, 'function']);
    }
  });

  it('[M7] those that the room has not taken are sent again, once and in order, and the next ones follow', () => {
    make(3);
    drop();
    expect(make(2)).toEqual([4, 5]);
    expect(read()).toEqual(seen(1, 2, 3)); // on the lost connection
    comeBack(2);
    make(1);
    expect(read()).toEqual(seen(3, 4, 5, 6));
    expect([handle.sentCount, handle.epoch]).toEqual([6, 0]);
  });

  it('[M7] where the room has all of them, the next one says all fields', () => {
    make(3);
    drop();
    sent.length = 0;
    comeBack(3);
    expect(sent).toEqual([]);
    handle.data.fire = true;
    handle.send();
    expect(read()).toEqual([{ x: 3, fire: true }]);
  });

  it('[M7] what the game is about to say is not sent ahead of its time, nor lost', () => {
    make(2);
    drop();
    sent.length = 0;
    handle.data.x = 100;
    comeBack(0);
    handle.send();
    expect(read()).toEqual(seen(1, 2, 100));
  });

  it('[M7] an owner that knows less than was acknowledged is told that again too', () => {
    make(4);
    (handle as unknown as { ackInput(number: number): number }).ackInput(4);
    drop();
    sent.length = 0;
    comeBack(2);
    expect(read()).toEqual(seen(3, 4));
  });

  it('a room that counts from 1 has them begin anew', () => {
    make(3);
    drop();
    sent.length = 0;
    comeBack(undefined);
    expect([handle.sentCount, handle.epoch]).toEqual([0, 1]);
    expect(make(1)).toEqual([1]);
    expect(read()).toEqual(seen(1));
  });

  it('[M7] one that is farther behind than what is kept goes on with the next', () => {
    make(handle.replayBufferSize + 2);
    drop();
    sent.length = 0;
    comeBack(1);
    expect(sent).toEqual([]);
    expect([make(1), handle.epoch]).toEqual([[2], 1]);
  });

  it('takes 24 while there is no connection that the server has not, and none when there will be none', () => {
    make(10);
    (handle as unknown as { ackInput(number: number): number }).ackInput(9);
    drop();
    expect(make(25).at(-1)).toBe(0);
    expect(handle.sentCount).toBe(9 + 24);
    comeBack(9);
    isOpen = false;
    isOver = true;
    expect(make(1)).toEqual([0]);
  });

  it('a game that begins anew by itself is in step again with the next connection', () => {
    make(3);
    handle.reset();
    expect([handle.sentCount, handle.epoch]).toEqual([0, 1]);
    make(1);
    drop();
    comeBack(4);
    expect([make(1), handle.epoch]).toEqual([[5], 2]);
  });
});
