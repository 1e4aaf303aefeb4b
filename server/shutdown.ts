import type { Logger } from './log/log.ts';
import type { Evacuated } from './mover/evacuation.ts';

/** npm passes Ctrl-C on to a process that the terminal has told already: within this time the two are one. */
const SAME_SIGNAL_MS = 1_000;

export interface ShutdownOptions {
  /** Takes no new rooms; resolves when the pool knows. */
  drain(): Promise<void>;
  /** Has the rooms leave that can. */
  evacuate(): Promise<Evacuated>;
  /** What has not left by now does not. */
  hurry(): void;
  /** Ends what is left. */
  close(): Promise<void>;
  exit(code: number): void;
  /** Monotonic milliseconds. */
  now(): number;
  log: Logger | undefined;
}

/**
 * The end of a server's process in good order: rooms that outlive it leave, then all else ends. Its exit code is 0 when
 * everything was where it should be, 1 when rooms had to be given up, or when an error brought it about.
 */
export class Shutdown {
  readonly #options: ShutdownOptions;
  #beganMs: number | undefined;
  #drained: Promise<void> | undefined;

  constructor(options: ShutdownOptions) {
    this.#options = options;
  }

  /** SIGTERM and SIGINT begin it, and a second one hurries it; so does an error that nobody caught. */
  listen(): void {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => this.#asked());
    process.on('uncaughtException', (error) => {
      console.error(error);
      void this.begin(1);
    });
  }

  /** Resolves when the pool knows that this server takes no rooms. */
  begin(code = 0): Promise<void> {
    if (this.#drained === undefined) {
      this.#beganMs = this.#options.now();
      this.#drained = this.#options.drain();
      void this.#end(code);
    }
    return this.#drained;
  }

  #asked(): void {
    if (this.#beganMs === undefined) return void this.begin();
    if (this.#options.now() - this.#beganMs > SAME_SIGNAL_MS) this.#options.hurry();
  }

  /** Never rejects. */
  async #end(code: number): Promise<void> {
    const { evacuate, close, exit, log } = this.#options;
    try {
      await this.#drained;
      const { moved, left, givenUp } = await evacuate();
      if (givenUp.length > 0) {
        code = 1;
        log?.error({ moved, rooms: givenUp }, 'node gave up moving rooms, and left them to the others');
      } else if (moved + left > 0) log?.info({ moved, left }, 'node is empty');
    } catch (error) {
      code = 1;
      console.error(error);
    }
    await close().catch((error: unknown) => console.error(error));
    exit(code);
  }
}
