import type { Presence, Room } from '@colyseus/core';
import { onRoomDispose } from '../room/colyseus-internals.ts';

/**
 * Events by name, each with what reads its payload from what arrived: another node, maybe of another build, wrote it.
 * It returns undefined for what is none of its payloads, and that is dropped.
 */
export type EventReaders = Readonly<Record<string, (value: unknown) => unknown>>;

/** What an event carries: whatever its reader returns. */
export type PayloadOf<Readers extends EventReaders, Name extends keyof Readers> = NonNullable<
  ReturnType<Readers[Name]>
>;

/** The largest payload, as JSON. */
export const MAX_EVENT_BYTES = 4_096;
/** Subscribers of one event on one node. More are a leak. */
export const MAX_SUBSCRIBERS = 1_024;

const CHANNEL = 'velarium:event:';

export type EventErrorCode = 'too-large' | 'not-json' | 'too-many-subscribers';

/** An event was used wrongly, which is to be mended in the code that did. */
export class EventError extends Error {
  override readonly name = 'EventError';
  readonly code: EventErrorCode;

  constructor(code: EventErrorCode, detail: string) {
    super(detail);
    this.code = code;
  }
}

type Listener = (payload: never) => void;

/**
 * Events between the rooms and nodes of a pool, over Colyseus's Presence. Each reaches all subscribers on all nodes, the
 * publisher's own included, at most once: what is published while Redis is away is lost, and subscriptions hold again
 * when it is back.
 *
 * @example
 * const events = new EventBus(() => matchMaker.presence, {
 *   'match.over': (value) => (typeof value === 'string' ? { winner: value } : undefined),
 * });
 */
export class EventBus<Readers extends EventReaders> {
  readonly #presence: () => Presence;
  readonly #readers: Readers;
  /** One subscription of Presence an event, however many listen. */
  readonly #listeners = new Map<keyof Readers, Set<Listener>>();
  readonly #channels = new Map<keyof Readers, (value: unknown) => void>();
  readonly #onError: (error: unknown, name: string) => void;

  /** @param onError hears of readers and listeners that throw; the others get the event all the same */
  constructor(
    presence: () => Presence,
    readers: Readers,
    onError: (error: unknown, name: string) => void = reportError,
  ) {
    this.#presence = presence;
    this.#readers = readers;
    this.#onError = onError;
  }

  /**
   * @returns whether it went out; false where Redis is away
   * @throws {EventError} `too-large` or `not-json`
   */
  async publish<Name extends keyof Readers & string>(name: Name, payload: PayloadOf<Readers, Name>): Promise<boolean> {
    checkSize(name, payload);
    try {
      await this.#presence().publish(CHANNEL + name, payload);
      return true;
    } catch {
      return false;
    }
  }

  /**
   * @returns a function that ends the subscription
   * @throws {EventError} `too-many-subscribers`
   */
  subscribe<Name extends keyof Readers & string>(
    name: Name,
    listener: (payload: PayloadOf<Readers, Name>) => void,
  ): () => void {
    const listeners = this.#listeners.get(name) ?? this.#open(name);
    if (listeners.size >= MAX_SUBSCRIBERS) {
      throw new EventError('too-many-subscribers', `${name} has ${MAX_SUBSCRIBERS} subscribers on this node already`);
    }
    // A function of its own, so that one listener may subscribe twice.
    const entry: Listener = (payload) => listener(payload);
    listeners.add(entry);
    return () => {
      if (listeners.delete(entry) && listeners.size === 0) this.#close(name);
    };
  }

  /** The same for as long as the room lives. */
  subscribeRoom<Name extends keyof Readers & string>(
    room: Room,
    name: Name,
    listener: (payload: PayloadOf<Readers, Name>) => void,
  ): () => void {
    const end = this.subscribe(name, listener);
    onRoomDispose(room, end);
    return end;
  }

  #open(name: keyof Readers & string): Set<Listener> {
    const listeners = new Set<Listener>();
    this.#listeners.set(name, listeners);
    const receive = (value: unknown): void => this.#deliver(name, listeners, value);
    this.#channels.set(name, receive);
    // The one of the pool keeps it, and never rejects.
    void this.#presence().subscribe(CHANNEL + name, receive);
    return listeners;
  }

  #close(name: keyof Readers & string): void {
    const receive = this.#channels.get(name);
    this.#listeners.delete(name);
    this.#channels.delete(name);
    if (receive !== undefined) void this.#presence().unsubscribe(CHANNEL + name, receive);
  }

  #deliver(name: keyof Readers & string, listeners: ReadonlySet<Listener>, value: unknown): void {
    let payload: unknown;
    try {
      payload = this.#readers[name]!(value);
    } catch (error) {
      this.#onError(error, name); // what arrived is another node's, and thrown from here it would end this one
    }
    if (payload === undefined || payload === null) return;
    for (const listener of listeners) {
      try {
        listener(payload as never);
      } catch (error) {
        this.#onError(error, name);
      }
    }
  }
}

function checkSize(name: string, payload: unknown): void {
  let text: string | undefined;
  try {
    text = JSON.stringify(payload);
  } catch (cause) {
    throw new EventError('not-json', `${name}: ${(cause as Error).message}`);
  }
  if (text === undefined) throw new EventError('not-json', `${name}: nothing that JSON can say`);
  const bytes = Buffer.byteLength(text);
  if (bytes > MAX_EVENT_BYTES)
    throw new EventError('too-large', `${name}: ${bytes} bytes of at most ${MAX_EVENT_BYTES}`);
}

function reportError(error: unknown, name: string): void {
  console.error(`a reader or listener of the event ${name} failed:`, error);
}
