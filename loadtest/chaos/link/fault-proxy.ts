import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { systemTimers, type Timers } from '../../../client/timers.ts';
import { CLEAR, type Conditions, Shaper } from './shaper.ts';

/** A link has two: from those who connect to where they want to get, and back. */
export type Direction = 'there' | 'back';
export const DIRECTIONS: readonly Direction[] = ['there', 'back'];

const MAX_CONNECTIONS = 4_096;

/**
 * A TCP port on 127.0.0.1 in front of another one: a link that breaks as networks do. One for each link. Whoever
 * connects to a link that is held gets a connection, and no byte over it.
 *
 * @example const link = await FaultProxy.before(redisPort); link.hold(); link.release(); await link.close();
 */
export class FaultProxy {
  readonly conditions: Readonly<Record<Direction, Conditions>> = { there: { ...CLEAR }, back: { ...CLEAR } };
  readonly #server: Server;
  readonly #targetPort: number;
  readonly #timers: Timers;
  readonly #pairs = new Set<Pair>();
  #refuses = false;

  private constructor(targetPort: number, timers: Timers) {
    this.#targetPort = targetPort;
    this.#timers = timers;
    // Half-open as TCP is: the end of one direction is not the end of the other.
    this.#server = createServer({ allowHalfOpen: true, noDelay: true }, (near) => this.#accept(near));
    this.#server.maxConnections = MAX_CONNECTIONS;
  }

  /** @param timers their `random` is where jitter comes from */
  static async before(targetPort: number, timers: Timers = systemTimers): Promise<FaultProxy> {
    const proxy = new FaultProxy(targetPort, timers);
    await new Promise<void>((resolve, reject) => {
      proxy.#server.once('error', reject);
      proxy.#server.listen(0, '127.0.0.1', resolve);
    });
    return proxy;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** Connections over it now, those that only one side has ended included. */
  get connections(): number {
    return this.#pairs.size;
  }

  /** What is held, or on its way. */
  get waitingBytes(): number {
    let sum = 0;
    for (const pair of this.#pairs) sum += pair.waitingBytes;
    return sum;
  }

  /** Changes what happens to bytes, in one direction or in both. */
  change(conditions: Partial<Conditions>, directions: readonly Direction[] = DIRECTIONS): void {
    for (const direction of directions) Object.assign(this.conditions[direction], conditions);
    for (const pair of this.#pairs) pair.pump();
  }

  /** A black hole: nothing arrives any more, no end either, and neither side hears of it. */
  hold(directions: readonly Direction[] = DIRECTIONS): void {
    this.change({ held: true }, directions);
  }

  /** All is as it was, and what was held goes on its way. */
  release(): void {
    this.#refuses = false;
    this.change(CLEAR);
  }

  /** Resets every connection, on both sides. */
  reset(): void {
    for (const pair of this.#pairs) pair.reset();
  }

  /** Resets them, and each that comes, until {@link release}. */
  refuse(): void {
    this.#refuses = true;
    this.reset();
  }

  /** Ends one direction of every connection as its sender would, while the other one stays open. */
  halfClose(direction: Direction): void {
    for (const pair of this.#pairs) pair.halfClose(direction);
  }

  async close(): Promise<void> {
    this.reset();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #accept(near: Socket): void {
    if (this.#refuses) {
      near.on('error', () => {});
      near.resetAndDestroy();
      return;
    }
    const far = connect({ port: this.#targetPort, host: '127.0.0.1', allowHalfOpen: true, noDelay: true });
    const pair = new Pair(near, far, this.conditions, this.#timers, () => this.#pairs.delete(pair));
    this.#pairs.add(pair);
  }
}

/** A connection from one side to the other, and what is on its way in between. */
class Pair {
  readonly #near: Socket;
  readonly #far: Socket;
  readonly #flows: Readonly<Record<Direction, Flow>>;
  readonly #gone: () => void;
  #isReset = false;

  constructor(
    near: Socket,
    far: Socket,
    conditions: Readonly<Record<Direction, Conditions>>,
    timers: Timers,
    gone: () => void,
  ) {
    this.#near = near;
    this.#far = far;
    this.#gone = gone;
    this.#flows = {
      there: new Flow(near, far, conditions.there, timers),
      back: new Flow(far, near, conditions.back, timers),
    };
    for (const [socket, direction] of [
      [near, 'there'],
      [far, 'back'],
    ] as const) {
      let failed = false;
      socket.on('error', () => (failed = true));
      socket.on('close', () => this.#closed(direction, failed));
    }
  }

  get waitingBytes(): number {
    return this.#flows.there.waitingBytes + this.#flows.back.waitingBytes;
  }

  pump(): void {
    for (const direction of DIRECTIONS) this.#flows[direction].pump();
  }

  reset(): void {
    if (this.#isReset) return;
    this.#isReset = true;
    for (const direction of DIRECTIONS) this.#flows[direction].stop();
    for (const socket of [this.#near, this.#far]) {
      // One that is connecting has nothing to reset, and of one that said its end libuv never closes a reset handle.
      if (socket.connecting || socket.writableEnded) socket.destroy();
      else socket.resetAndDestroy();
    }
    this.#gone();
  }

  halfClose(direction: Direction): void {
    this.#flows[direction].halfClose();
  }

  /** One side's socket is no more: the other side hears of it as soon as anything gets through to it. */
  #closed(direction: Direction, failed: boolean): void {
    if (this.#isReset) return;
    if (failed) this.#flows[direction].fail(() => this.reset());
    if (this.#near.destroyed && this.#far.destroyed) this.reset(); // there is nobody left to hear anything
  }
}

/** One direction of one connection. */
class Flow {
  readonly #from: Socket;
  readonly #to: Socket;
  readonly #shaper: Shaper;
  #hasEnded = false;

  constructor(from: Socket, to: Socket, conditions: Conditions, timers: Timers) {
    this.#from = from;
    this.#to = to;
    this.#shaper = new Shaper(conditions, timers, {
      emit: (bytes) => this.#write(bytes),
      roomAgain: () => this.#resume(),
    });
    from.on('data', (data: Buffer) => {
      if (this.#hasEnded) return;
      this.#shaper.push(data);
      if (this.#shaper.isFull) from.pause();
    });
    from.on('end', () => this.#end());
    to.on('drain', () => this.#resume());
  }

  get waitingBytes(): number {
    return this.#shaper.waitingBytes;
  }

  pump(): void {
    this.#shaper.pump();
  }

  stop(): void {
    this.#shaper.stop();
  }

  halfClose(): void {
    this.#shaper.stop();
    this.#end();
  }

  /** The sender's end was none in good order; what it had said gets there first, if anything does. */
  fail(reset: () => void): void {
    this.#hasEnded = true;
    this.#shaper.end(reset);
  }

  #resume(): void {
    if (!this.#shaper.isFull && !this.#to.writableNeedDrain) this.#from.resume();
  }

  #end(): void {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    this.#shaper.end(() => this.#to.end());
  }

  #write(bytes: Uint8Array): void {
    if (this.#to.destroyed || this.#to.writableEnded) return;
    if (!this.#to.write(bytes)) this.#from.pause();
  }
}
