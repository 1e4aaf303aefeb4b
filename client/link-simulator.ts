import { abandonSocket, type OpenSocket, type Socket, SOCKET_OPEN } from './socket.ts';
import { systemTimers, type Timers } from './timers.ts';

/**
 * A bad link below a connection, to be turned while it is in use: delay, jitter and standstill, both ways. As with TCP
 * nothing is lost or overtaken, it comes late.
 *
 * @example const link = new LinkSimulator(); link.delayMs = 100; await connect(endpoint, { room: 'arena', link });
 */
export class LinkSimulator {
  /** Milliseconds added one way, in each direction; twice this in a round trip. */
  delayMs = 0;
  /** Up to this many milliseconds more, at random for each message. */
  jitterMs = 0;

  readonly #timers: Timers;
  readonly #queues = new Set<DelayQueue>();
  #stalled = false;

  constructor(timers: Timers = systemTimers) {
    this.#timers = timers;
  }

  /** While true nothing passes either way, and nothing says so. */
  get stalled(): boolean {
    return this.#stalled;
  }

  set stalled(stalled: boolean) {
    this.#stalled = stalled;
    if (!stalled) for (const queue of this.#queues) queue.pumpSoon();
  }

  /** The sockets that `open` makes, over this link. */
  wrap(open: OpenSocket): OpenSocket {
    return (url, protocols, headers) => new SimulatedSocket(this, () => open(url, protocols, headers));
  }

  /** A direction of one socket over this link. */
  queue(): DelayQueue {
    const queue = new DelayQueue(this, this.#timers);
    this.#queues.add(queue);
    return queue;
  }

  release(queue: DelayQueue): void {
    queue.stop();
    this.#queues.delete(queue);
  }
}

/** Runs things in order, each when its delay is over and the link is not stalled. */
class DelayQueue {
  readonly #link: LinkSimulator;
  readonly #timers: Timers;
  #waiting: { dueMs: number; run: () => void }[] = [];
  #timer: unknown;

  constructor(link: LinkSimulator, timers: Timers) {
    this.#link = link;
    this.#timers = timers;
  }

  push(run: () => void): void {
    const { delayMs, jitterMs } = this.#link;
    const last = this.#waiting.at(-1)?.dueMs ?? 0;
    const dueMs = Math.max(last, this.#timers.now() + delayMs + this.#timers.random() * jitterMs);
    this.#waiting.push({ dueMs, run });
    this.pump();
  }

  pump(): void {
    this.#timers.clearTimeout(this.#timer);
    while (!this.#link.stalled && this.#waiting.length > 0) {
      const waitMs = this.#waiting[0]!.dueMs - this.#timers.now();
      if (waitMs > 0) {
        this.#timer = this.#timers.setTimeout(() => this.pump(), Math.ceil(waitMs));
        return;
      }
      try {
        this.#waiting.shift()!.run();
      } catch (error) {
        this.pumpSoon(); // what is behind it does not wait for the next push, which may never come
        throw error;
      }
    }
  }

  pumpSoon(): void {
    this.#timers.clearTimeout(this.#timer);
    if (this.#waiting.length > 0) this.#timer = this.#timers.setTimeout(() => this.pump(), 0);
  }

  stop(): void {
    this.#timers.clearTimeout(this.#timer);
    this.#waiting = [];
  }
}

/** A socket whose opening, messages and closing take the link's time. */
class SimulatedSocket implements Socket {
  binaryType = 'arraybuffer';
  onopen: Socket['onopen'] = null;
  onmessage: Socket['onmessage'] = null;
  onclose: Socket['onclose'] = null;
  onerror: Socket['onerror'] = null;
  readyState = 0;

  readonly #link: LinkSimulator;
  readonly #out: DelayQueue;
  readonly #in: DelayQueue;
  #socket: Socket | undefined;

  constructor(link: LinkSimulator, open: () => Socket) {
    this.#link = link;
    this.#out = link.queue();
    this.#in = link.queue();
    this.#out.push(() => this.#open(open));
  }

  get protocol(): string {
    return this.#socket?.protocol ?? '';
  }

  send(data: Uint8Array): void {
    const copy = data.slice();
    this.#out.push(() => {
      if (this.#socket?.readyState === SOCKET_OPEN) this.#socket.send(copy);
    });
  }

  close(code?: number, reason?: string): void {
    this.readyState = 2;
    this.#out.push(() => {
      this.#socket?.close(code, reason);
      // Nobody may be left to hear the end; then the queues end here.
      if (this.onclose === null) this.#abandon();
    });
  }

  #open(open: () => Socket): void {
    const socket = open();
    this.#socket = socket;
    socket.binaryType = this.binaryType;
    socket.onopen = () =>
      this.#in.push(() => {
        if (this.readyState !== 0) return;
        this.readyState = SOCKET_OPEN;
        this.onopen?.();
      });
    socket.onmessage = (event) => this.#in.push(() => this.onmessage?.(event));
    socket.onerror = () => this.onerror?.();
    socket.onclose = (event) =>
      this.#in.push(() => {
        this.readyState = 3;
        this.onclose?.(event);
        this.#abandon();
      });
  }

  #abandon(): void {
    if (this.#socket !== undefined) abandonSocket(this.#socket);
    this.#link.release(this.#out);
    this.#link.release(this.#in);
  }
}
