import type { InputHandle } from 'colyseus.js';
import { MessageCode } from '../shared/wire/colyseus-message.ts';

/** While there is no connection, so many inputs may be made that no server has taken. One keeps 32 until a room takes them. */
const MOST_WAITING = 24;

/** The parts of the SDK's handle that are private in its types; `kept-inputs.test.ts` says when one of them moves. */
interface HandleInternals {
  _host: { connection: unknown; clock: unknown };
  _encoder: { reset(): void; encode(): Uint8Array; copyInto(target: object): void };
  /** What was sent last, by number modulo their count. */
  _inputBuffer: object[] | null;
  _sendTimes: Float64Array;
  _sentCount: number;
  _lastProcessed: number;
  _lastStamp: number;
  _framed: Uint8Array | null;
}

type Values = Record<string, unknown>;

export interface KeptInputsOptions {
  /** Whether there is a connection that inputs reach the server by. */
  isOpen(): boolean;
  /** Whether there will be one again, as far as is known. */
  comesBack(): boolean;
  send(message: Uint8Array): void;
  clock(): unknown;
  /** Monotonic milliseconds. */
  now(): number;
}

/** Where the SDK's handle sends its inputs. A class: getters of a literal would make each handle's host a shape of its own. */
class InputHost {
  readonly #options: KeptInputsOptions;
  readonly #mayMake: () => boolean;

  constructor(options: KeptInputsOptions, mayMake: () => boolean) {
    this.#options = options;
    this.#mayMake = mayMake;
  }

  get connection(): this {
    return this;
  }

  get clock(): unknown {
    return this.#options.clock();
  }

  get isOpen(): boolean {
    return this.#mayMake();
  }

  /** What is made in between is in the handle. */
  send(message: Uint8Array): void {
    if (this.#options.isOpen()) this.#options.send(message);
  }
}

/**
 * Inputs that outlive their connection. The SDK's handle numbers them, and keeps the last for prediction; with each
 * connection it begins anew, and while there is none it takes none. Here it takes them and goes on counting, and what of
 * them the room has not taken is sent again, once and in order, behind the number that it says with the join.
 * PROTOCOL.md M7.
 */
export class KeptInputs {
  readonly #options: KeptInputsOptions;
  #handle: InputHandle | undefined;
  /** As the SDK has it. */
  #reset = (): void => {};
  /** The connection dropped: whether to begin anew is known when it is back. */
  #isDropping = false;
  /** The game began anew by itself: our numbers are not the server's, until the next connection. */
  #isOutOfStep = false;

  constructor(options: KeptInputsOptions) {
    this.#options = options;
  }

  /** Of inputs that need not arrive, the SDK keeps the numbers itself. */
  watch(handle: InputHandle): void {
    if (this.#handle === handle || handle.mode !== 'reliable') return;
    this.#handle = handle;
    this.#reset = handle.reset.bind(handle);
    handle.reset = () => {
      if (this.#isDropping) return;
      this.#isOutOfStep ||= handle.sentCount > 0;
      this.#reset();
    };
    internalsOf(handle)._host = new InputHost(this.#options, () => this.#mayMake);
  }

  /** Runs what makes the SDK begin anew where a connection is lost. */
  dropping(drop: () => void): void {
    this.#isDropping = true;
    try {
      drop();
    } finally {
      this.#isDropping = false;
    }
  }

  /**
   * The room has answered on a new connection: sends again what it has not taken.
   * @param taken the number of the last input that it has; undefined where it counts from 1
   */
  goOn(taken: number | undefined): void {
    const handle = this.#handle;
    if (handle === undefined) return;
    const internals = internalsOf(handle);
    const missing = internals._sentCount - (taken ?? 0);
    const isInStep = taken !== undefined && !this.#isOutOfStep && missing >= 0 && missing <= handle.replayBufferSize;
    if (isInStep) return this.#sendAgain(handle, taken);
    this.#reset();
    internals._sentCount = internals._lastProcessed = taken ?? 0;
    this.#isOutOfStep = false;
  }

  get #mayMake(): boolean {
    const { isOpen, comesBack } = this.#options;
    return isOpen() || (comesBack() && this.#handle!.pendingCount < MOST_WAITING);
  }

  /** The server reads the first one of a connection with nothing before it: it says all fields, and those behind it what changed. */
  #sendAgain(handle: InputHandle, taken: number): void {
    const { send, now } = this.#options;
    const internals = internalsOf(handle);
    const { _encoder: encoder, _inputBuffer: kept, _sendTimes: sendTimes } = internals;
    encoder.reset();
    internals._lastStamp = 0;
    internals._framed = null;
    if (kept === null || taken === internals._sentCount) return;
    const data = handle.data as object;
    const staged = new (data.constructor as new () => object)();
    encoder.copyInto(staged);
    const names = fieldsOf(data);
    for (let number = taken + 1; number <= internals._sentCount; number++) {
      const place = number % handle.replayBufferSize;
      assign(data, kept[place]!, names);
      const body = encoder.encode();
      const message = new Uint8Array(1 + body.length); // without the time at which it was seen: that is over
      message[0] = MessageCode.InputReliable;
      message.set(body, 1);
      send(message);
      sendTimes[place] = now();
    }
    assign(data, staged, names);
  }
}

const internalsOf = (handle: InputHandle): HandleInternals => handle as unknown as HandleInternals;

function fieldsOf(data: object): string[] {
  const metadata = (data.constructor as unknown as Record<symbol, Record<number, { name: string }>>)[Symbol.metadata]!;
  const names: string[] = [];
  for (let i = 0; metadata[i] !== undefined; i++) names.push(metadata[i]!.name);
  return names;
}

function assign(to: object, from: object, names: readonly string[]): void {
  for (const name of names) {
    const value = (from as Values)[name];
    if (value !== undefined) (to as Values)[name] = value;
  }
}
