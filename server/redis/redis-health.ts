/** What changed: Redis went, or came back, or lost its data under a connection that held. */
export interface RedisChange {
  available: boolean;
  /** Redis is another process than the one last seen. */
  restarted: boolean;
  /** Redis does not hold what it held when last seen: it came back empty, as another one, or was flushed. */
  emptied: boolean;
}

export type RedisListener = (change: RedisChange) => void;

/** Whether Redis answers, which Redis it is, and how long it takes. Others read it, and hear of changes. */
export class RedisHealth {
  readonly #listeners = new Set<RedisListener>();
  #available = false;
  #latencyMs = Number.NaN;
  #runId: string | undefined;
  #incarnation: string | undefined;

  /** Whether Redis answered when it was last asked. */
  get available(): boolean {
    return this.#available;
  }

  /** Time of the last answer, milliseconds; NaN before the first. */
  get latencyMs(): number {
    return this.#latencyMs;
  }

  /** Redis's own id of its process; another one after each start of it. */
  get runId(): string | undefined {
    return this.#runId;
  }

  /** Id of the data set: another one when the data is not what it was. */
  get incarnation(): string | undefined {
    return this.#incarnation;
  }

  /** @returns a function that ends the subscription */
  subscribe(listener: RedisListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Redis answered. `runId` may be left out while a connection lasts: it cannot change. */
  answered(latencyMs: number, incarnation: string, runId = this.#runId): RedisChange | undefined {
    const restarted = this.#runId !== undefined && runId !== this.#runId;
    const emptied = this.#incarnation !== undefined && incarnation !== this.#incarnation;
    const came = !this.#available;
    this.#available = true;
    this.#latencyMs = latencyMs;
    this.#runId = runId;
    this.#incarnation = incarnation;
    return came || emptied ? this.#tell({ available: true, restarted, emptied }) : undefined;
  }

  /** Redis did not answer. */
  lost(): RedisChange | undefined {
    if (!this.#available) return undefined;
    this.#available = false;
    return this.#tell({ available: false, restarted: false, emptied: false });
  }

  #tell(change: RedisChange): RedisChange {
    for (const listener of this.#listeners) listener(change);
    return change;
  }
}
