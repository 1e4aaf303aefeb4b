import type { Presence } from '@colyseus/core';
import { EventBus } from '../events/event-bus.ts';
import type { MoveErrorCode } from './move-error.ts';

/** What of a move its messages have in common. */
export interface MoveHead {
  /** Process ids. */
  to: string;
  from: string;
  moveId: string;
  roomId: string;
}

/** What two nodes say to each other about a room that moves. */
export type MoveMessage = MoveHead &
  /** Get ready for it; `node` owns it. */
  (
    | { kind: 'prepare'; node: string }
    /** It can be claimed for `node`; clients find it at `address`. */
    | { kind: 'ready'; node: string; address: string }
    | { kind: 'refused'; why: string }
    /** It stays where it is. */
    | { kind: 'stays' }
    /** It was claimed for the one that this goes to. */
    | { kind: 'yours'; node: string; token: string; epoch: number; home: string }
    | { kind: 'runs' }
    /** Somebody was promised a seat in it. `options` and `auth` are JSON. */
    | { kind: 'seat'; sessionId: string; options: string; auth: string }
    /** Somebody asked this node to have the room moved, which is the other's; `target` is a process id, or empty. */
    | { kind: 'wanted'; target: string }
    /** It was, to `target`. */
    | { kind: 'moved'; target: string }
    | { kind: 'not-moved'; code: MoveErrorCode; why: string }
  );

/** Between the nodes of a pool, over Presence: what is said while Redis is away is lost, and nothing rests on it. */
export class MoveChannel {
  readonly #bus: EventBus<{ 'room.move': typeof readMoveMessage }>;
  readonly #own: () => string;

  /** @param own process id */
  constructor(presence: () => Presence, own: () => string) {
    this.#bus = new EventBus(presence, { 'room.move': readMoveMessage });
    this.#own = own;
  }

  /** Never rejects: one that is too large is as good as lost. */
  send(message: MoveMessage): void {
    void this.#bus.publish('room.move', message).catch(() => {});
  }

  /** @returns a function that ends it */
  listen(listener: (message: MoveMessage) => void): () => void {
    return this.#bus.subscribe('room.move', (message) => {
      if (message.to === this.#own()) listener(message);
    });
  }
}

const TEXTS: Readonly<Record<MoveMessage['kind'], readonly string[]>> = {
  prepare: ['node'],
  ready: ['node', 'address'],
  refused: ['why'],
  stays: [],
  yours: ['node', 'token', 'home'],
  runs: [],
  seat: ['sessionId', 'options', 'auth'],
  wanted: ['target'],
  moved: ['target'],
  'not-moved': ['code', 'why'],
};

/** @returns undefined for what no node of this build says */
export function readMoveMessage(value: unknown): MoveMessage | undefined {
  const fields = (value ?? {}) as Record<string, unknown>;
  const { kind, epoch } = fields;
  if (typeof kind !== 'string' || !Object.hasOwn(TEXTS, kind)) return undefined;
  const names = ['to', 'from', 'moveId', 'roomId', ...TEXTS[kind as MoveMessage['kind']]];
  if (names.some((name) => typeof fields[name] !== 'string')) return undefined;
  if (kind === 'yours' && !Number.isSafeInteger(epoch)) return undefined;
  return fields as unknown as MoveMessage;
}
