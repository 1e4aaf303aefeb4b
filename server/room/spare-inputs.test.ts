import { Room } from '@colyseus/core';
import { schema, t } from '@colyseus/schema';
import { InputEncoder } from '@colyseus/schema/input';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { inputTaker } from './colyseus-internals.ts';
import { makeInputCopiesCheap } from './input-snapshot.ts';

interface Buffer {
  push(input: object, renderTime: number, reckonTime: number, sequence: number): void;
  accept(sequence: number): boolean;
  readonly ackSeq: number;
  next(): { x: number } | undefined;
  take(count: number): { x: number }[];
  drain(): { x: number }[];
  peek(): { x: number }[];
  clear(): void;
  readonly size: number;
  readonly consumedCount: number;
  _items: unknown[];
}

interface Decoder {
  root: { deletedRefs: { forEach: unknown } };
}

const Input = schema({ x: t.int16() }, 'SpareInput');

const MOST_WAITING = 12;
/** Places of consumed inputs that core keeps at most. */
const CORES_SLACK = 32;

class InputRoom extends Room {
  override inputs = this.defineInput(Input, { bufferMaxSize: MOST_WAITING });
}

/** A client of a room, as core makes its input buffer, and what takes an input of it. */
function served(): { take: (x: number) => void; buffer: Buffer; decoder: Decoder } {
  const room = new InputRoom();
  const client = { sessionId: 's', state: 1 } as never as Parameters<typeof inputTaker>[1];
  (room as unknown as { _inputController: { allocate(of: object): void } })._inputController.allocate(client);
  const taker = inputTaker(room, client)!;
  const input = new Input();
  const encoder = new InputEncoder(input);
  return {
    buffer: (client as unknown as { _inputBuffer: Buffer })._inputBuffer,
    decoder: (client as unknown as { _inputDecoder: { _decoder: Decoder } })._inputDecoder._decoder,
    take(x) {
      input.x = x;
      taker.take(Uint8Array.from([0xff, 0xff, 19, ...encoder.encode()]), 2);
    },
  };
}

describe('inputs without what nobody needs', () => {
  it('are all there, in their order, however they are taken', () => {
    makeInputCopiesCheap(Input as never);
    const step = fc.oneof(
      fc.record({ kind: fc.constant('come' as const), count: fc.integer({ min: 1, max: 15 }) }),
      fc.record({ kind: fc.constantFrom('next', 'next', 'next', 'take', 'drain', 'peek', 'clear') }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const { take, buffer } = served();
        const waiting: number[] = [];
        let came = 0;
        const values = (inputs: readonly { x: number }[]): number[] => inputs.map(({ x }) => x);
        for (const made of steps) {
          if (made.kind === 'come') {
            for (let i = 0; i < made.count; i++, came++) {
              take(came);
              waiting.push(came);
              if (waiting.length > MOST_WAITING) waiting.shift();
            }
          } else if (made.kind === 'next') expect(buffer.next()?.x).toBe(waiting.shift());
          else if (made.kind === 'take') expect(values(buffer.take(3))).toEqual(waiting.splice(0, 3));
          else if (made.kind === 'drain') expect(values(buffer.drain())).toEqual(waiting.splice(0));
          else if (made.kind === 'peek') expect(values(buffer.peek())).toEqual(waiting);
          else {
            buffer.clear();
            waiting.length = 0;
          }
          expect([buffer.size, buffer.consumedCount]).toEqual([waiting.length, came - waiting.length]);
          expect(buffer._items.length).toBeLessThanOrEqual(MOST_WAITING + CORES_SLACK);
        }
      }),
      { seed: 1 },
    );
  });

  it('keep their places for the next ones', () => {
    const { take, buffer } = served();
    const lengths = [1, 2, 3, 4, 5, 6, 7, 8, 9].map((x) => {
      take(x);
      buffer.next();
      return buffer._items.length;
    });
    expect(lengths).toEqual([1, 2, 3, 4, 5, 6, 7, 0, 1]);
  });

  it('acknowledge unreliable ones by their own numbers, also behind reliable ones', () => {
    const { take, buffer } = served();
    const acknowledged: unknown[] = [];
    for (let x = 1; x <= 3; x++) {
      take(x);
      buffer.next();
      acknowledged.push(buffer.ackSeq);
    }
    for (let sequence = 4; sequence <= 20; sequence++) {
      expect(buffer.accept(sequence)).toBe(true);
      buffer.push({ x: sequence }, 0, 0, sequence);
      expect(buffer.next()).toEqual({ x: sequence });
      acknowledged.push(buffer.ackSeq);
    }
    expect(acknowledged).toEqual(Array.from({ length: 20 }, (_, i) => i + 1));
  });

  it('are not searched for instances that went, where there can be none', () => {
    makeInputCopiesCheap(Input as never);
    const { take, buffer, decoder } = served();
    decoder.root.deletedRefs.forEach = () => {
      throw new Error('searched');
    };
    take(7);
    expect(buffer.next()?.x).toBe(7);
  });

  it('go to the room as messages while it counts those', () => {
    const room = new InputRoom();
    const client = { sessionId: 's', state: 1 } as never as Parameters<typeof inputTaker>[1];
    const taker = inputTaker(room, client)!;
    room.maxMessagesPerSecond = 5;
    const whileCounted = taker.isOpen;
    room.maxMessagesPerSecond = Infinity;
    expect([whileCounted, taker.isOpen]).toEqual([false, true]);
    expect(inputTaker(new Room(), client)).toBeUndefined();
  });
});
