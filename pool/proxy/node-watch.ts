const ASK_EVERY_MS = 250;
const ANSWER_TIMEOUT_MS = 150;

export interface WatchTimers {
  setTimeout(callback: () => void, delayMs: number): unknown;
  clearTimeout(handle: unknown): void;
}

const systemTimers: WatchTimers = {
  setTimeout: (callback, delayMs) => setTimeout(callback, delayMs).unref(),
  clearTimeout: (handle) => clearTimeout(handle as NodeJS.Timeout | undefined),
};

export interface NodeWatchOptions {
  /** Addresses of nodes whose process lives. */
  nodes(): readonly string[];
  /** Default: the system's. */
  timers?: WatchTimers;
  /** Whether the node answers, within so long. Never rejects. */
  answers?(address: string, withinMs: number): Promise<boolean>;
}

/** Knows which nodes stand still: their kernel takes connections, and nobody answers. */
export class NodeWatch {
  readonly #options: NodeWatchOptions;
  readonly #timers: WatchTimers;
  #silent: ReadonlySet<string> = new Set();
  #timer: unknown;
  #running = false;

  constructor(options: NodeWatchOptions) {
    this.#options = options;
    this.#timers = options.timers ?? systemTimers;
  }

  start(): void {
    this.#running = true;
    this.#arm();
  }

  stop(): void {
    this.#running = false;
    this.#timers.clearTimeout(this.#timer);
  }

  isSilent(address: string): boolean {
    return this.#silent.has(address);
  }

  /** The same addresses, those that were silent when they were last asked behind the others. */
  silentLast(addresses: readonly string[]): string[] {
    return [
      ...addresses.filter((address) => !this.isSilent(address)),
      ...addresses.filter((address) => this.isSilent(address)),
    ];
  }

  #arm(): void {
    if (this.#running)
      this.#timer = this.#timers.setTimeout(() => void this.#look().then(() => this.#arm()), ASK_EVERY_MS);
  }

  /** Never rejects. */
  async #look(): Promise<void> {
    const { nodes, answers = answersHttp } = this.#options;
    const silent = new Set<string>();
    await Promise.all(
      nodes().map(async (address) => {
        if (!(await answers(address, ANSWER_TIMEOUT_MS))) silent.add(address);
      }),
    );
    this.#silent = silent;
  }
}

async function answersHttp(address: string, withinMs: number): Promise<boolean> {
  try {
    const response = await fetch(`http://${address}/healthz`, { signal: AbortSignal.timeout(withinMs) });
    await response.body?.cancel();
    return true;
  } catch {
    return false;
  }
}
