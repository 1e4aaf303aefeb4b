import type { Client } from '@colyseus/core';
import { Encoder, type StateView } from '@colyseus/schema';
import { EncoderStream } from '../../shared/delta/encoder-stream.ts';
import type { LiveEntities } from '../../shared/delta/live-entities.ts';
import { MOST_ENTITIES } from '../../shared/delta/frame-coder.ts';
import { setOmission } from '../../shared/schema/omission.ts';
import { refIdOf } from '../../shared/schema/tracked.ts';
import { MessageCode } from '../../shared/wire/colyseus-message.ts';
import type { StateTiming } from '../room/colyseus-internals.ts';
import { Audience, follow, hasJoined, isFramed, NOTHING } from './audience.ts';
import { sendState, stateMessage, timedStateMessage } from './state-message.ts';

type Omits = (instance: object) => boolean;
const ALL: Omits = () => true;
/** Schema's way to turn to the root: `SWITCH_TO_STRUCTURE`, and its id. */
const TO_ROOT = Uint8Array.of(255, 0);

/**
 * Sends the state of a room with live fields, tick by tick. What Schema writes (the structure) and what a stream writes
 * of live fields is encoded once a view, however many clients share it.
 *
 * Live fields are left out of the structure while nobody needs them there. Plain clients do: for them live fields are
 * fields like any, whose changes follow the structure in the same patch.
 */
export class LiveBroadcast {
  readonly #encoder: Encoder;
  readonly #entities: LiveEntities;
  /** Whether the state has fields that only views see; otherwise all clients see the same. */
  readonly #filtered: boolean;
  readonly #audiences = new Map<StateView | undefined, Audience>();
  /** Full states are written here: patches that wait to be sent lie in the encoder's own. */
  #buffer: Uint8Array = NOTHING;

  /** @param filtered whether the state has fields that only views see */
  constructor(encoder: Encoder, entities: LiveEntities, filtered: boolean) {
    this.#encoder = encoder;
    this.#entities = entities;
    this.#filtered = filtered;
  }

  /**
   * The message with the whole state, for this client now; without a client, as plain clients without a view get it. In
   * the middle of a tick, a framed client is then level with what the others saw last.
   * @throws {RangeError} as {@link patch}
   */
  fullState(client: Client | undefined, timing: StateTiming | undefined): Uint8Array {
    const body = this.#wholeFor(client);
    return timing === undefined || client === undefined
      ? stateMessage(MessageCode.RoomState, body)
      : timedStateMessage(MessageCode.RoomState, body, timing, client);
  }

  /**
   * Hot: once a tick. Sends what changed since the last one.
   * @returns whether anything did
   * @throws {RangeError} the state has more instances with live fields than a stream holds; nothing goes out to framed
   *   clients then, which get the whole state as soon as it can be sent
   */
  patch(clients: readonly Client[], timing: StateTiming | undefined): boolean {
    const encoder = this.#encoder;
    this.#entities.settle();
    const changed = encoder.hasChanges || encoder.hasUnreliableChanges || this.#entities.watch.hasChanged;
    try {
      if (this.#gather(clients)) this.#send(timing);
      return changed;
    } catch (error) {
      for (const audience of this.#audiences.values()) audience.stream = undefined;
      throw this.#explained(error);
    } finally {
      encoder.discardChanges();
      encoder.discardUnreliableChanges();
      this.#entities.endTick();
      // What came into view, and went, was told now, or will be by the keyframe with which a client that takes nothing
      // comes back: told a second time, on top of that, it would not be true any more.
      for (const { view } of this.#audiences.values()) view?.changes.clear();
    }
  }

  /** @returns whether there is anybody to send to */
  #gather(clients: readonly Client[]): boolean {
    const audiences = this.#audiences;
    for (const audience of audiences.values()) audience.beginTick();
    // Those that are still joining have their full state yet to come, and need all that is assigned from then on.
    let isQuiet = true;
    let audience: Audience | undefined;
    for (const client of clients) {
      isQuiet &&= isFramed(client);
      if (!hasJoined(client)) continue;
      const view = this.#viewOf(client);
      if (audience === undefined || audience.view !== view) audience = this.#audienceOf(view);
      audience.take(client);
    }
    this.#entities.watch.isQuiet = isQuiet;
    let any = false;
    for (const audience of audiences.values()) {
      audience.dropIdleStream();
      if (!audience.present) audiences.delete(audience.view);
      any ||= audience.takesState;
    }
    return any;
  }

  #send(timing: StateTiming | undefined): void {
    const encoder = this.#encoder;
    const audiences = this.#audiences;
    let hasPlain = false;
    for (const { plain } of audiences.values()) hasPlain ||= plain.length > 0;
    const hadChanges = encoder.hasChanges;
    const shared = { offset: 0 };
    setOmission(encoder, hasPlain ? undefined : ALL);
    const structure = hadChanges ? encoder.encode(shared) : NOTHING;
    for (const audience of audiences.values()) {
      if (audience.followers.length + audience.plain.length === 0) continue;
      audience.structure = this.#structureFor(audience.view, structure, shared.offset, hadChanges);
    }
    if (hasPlain) this.#sendPlain(shared.offset, timing);
    for (const audience of audiences.values()) this.#sendFramed(audience, timing);
  }

  #structureFor(view: StateView | undefined, shared: Uint8Array, sharedBytes: number, hadChanges: boolean): Uint8Array {
    if (view === undefined || (!hadChanges && view.changes.size === 0)) return shared;
    return this.#encoder.encodeView(view, sharedBytes, { offset: sharedBytes });
  }

  /** Behind visibility: what views see is settled when Schema has encoded. */
  #sendFramed(audience: Audience, timing: StateTiming | undefined): void {
    const { followers, newcomers, stream } = audience;
    if (stream !== undefined) {
      sendState(followers, MessageCode.RoomStatePatch, stream.delta(audience.structure), timing);
    }
    if (newcomers.length === 0) return;
    const keyframe = this.#keyframe(audience);
    for (const client of newcomers) follow(client, audience.stream!);
    sendState(newcomers, MessageCode.RoomState, keyframe, timing);
  }

  #sendPlain(sharedBytes: number, timing: StateTiming | undefined): void {
    const encoder = this.#encoder;
    const hasLive = encoder.hasUnreliableChanges;
    // Behind the structure, which is still to be sent.
    const behind = { offset: sharedBytes };
    const live = hasLive ? encoder.encodeUnreliable(behind).subarray(sharedBytes) : NOTHING;
    for (const { plain, view, structure } of this.#audiences.values()) {
      if (plain.length === 0) continue;
      const own =
        hasLive && view !== undefined ? encoder.encodeUnreliableView(view, 0, { offset: behind.offset }) : NOTHING;
      const body = live.length + own.length === 0 ? structure : concat(structure, TO_ROOT, live, own);
      if (body.length > 0 || timing !== undefined) sendState(plain, MessageCode.RoomStatePatch, body, timing);
    }
  }

  #wholeFor(client: Client | undefined): Uint8Array {
    const view = this.#viewOf(client);
    this.#entities.settle();
    if (client === undefined || !isFramed(client)) {
      this.#entities.watch.isQuiet = false;
      return this.#whole(view);
    }
    const audience = this.#audienceOf(view);
    try {
      const keyframe = this.#keyframe(audience);
      follow(client, audience.stream!);
      return keyframe;
    } catch (error) {
      throw this.#explained(error);
    }
  }

  /** Where nothing has happened since, clients get the same: several may ask for it in one tick. */
  #keyframe(audience: Audience): Uint8Array {
    const { view, stream } = audience;
    const isSettled = !this.#encoder.hasChanges && (view === undefined || view.changes.size === 0);
    if (isSettled && stream !== undefined && audience.keyframe !== undefined) return audience.keyframe;
    // Live fields of what is not in the stream yet travel as fields of Schema; a stream that begins now has all.
    const omits: Omits = stream === undefined ? ALL : (instance) => stream.has(refIdOf(instance)!);
    const structure = this.#whole(view, omits);
    audience.stream = stream ?? new EncoderStream(this.#entities, view, this.#filtered);
    return (audience.keyframe = audience.stream.keyframe(structure));
  }

  /** @returns Schema's full state, good until the next one is asked for */
  #whole(view: StateView | undefined, omits?: Omits): Uint8Array {
    const encoder = this.#encoder;
    const at = { offset: 0 };
    if (this.#buffer.length === 0) this.#buffer = new Uint8Array(Encoder.BUFFER_SIZE);
    setOmission(encoder, omits);
    const whole = encoder.encodeAll(at, this.#buffer);
    // What outgrew the buffer was written to a larger one. encodeAllView must be handed that one: it copies from it.
    if (whole.buffer !== this.#buffer.buffer) this.#buffer = new Uint8Array(whole.buffer);
    return view === undefined ? whole : encoder.encodeAllView(view, at.offset, at, this.#buffer);
  }

  /** What a stream throws, with what there is too much of. */
  #explained(error: unknown): unknown {
    const { all } = this.#entities;
    if (!(error instanceof RangeError) || all.size <= MOST_ENTITIES) return error;
    const counts = new Map<string, number>();
    for (const { instance } of all.values()) {
      const { name } = instance.constructor;
      counts.set(name, (counts.get(name) ?? 0) + 1);
    }
    const listed = [...counts]
      .sort(([, a], [, b]) => b - a)
      .map(([name, count]) => `${count} ${name}`)
      .join(', ');
    const advice = 'declare what seldom moves with schema() in the place of live(), or show a view less of it';
    return new RangeError(`${error.message}; there are ${listed}: ${advice}`, { cause: error });
  }

  #viewOf(client: Client | undefined): StateView | undefined {
    return this.#filtered ? client?.view : undefined;
  }

  #audienceOf(view: StateView | undefined): Audience {
    let audience = this.#audiences.get(view);
    if (audience === undefined) this.#audiences.set(view, (audience = new Audience(view)));
    return audience;
  }
}

function concat(...parts: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let offset = 0;
  for (const part of parts) {
    bytes.set(part, offset);
    offset += part.length;
  }
  return bytes;
}
