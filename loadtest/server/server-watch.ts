import { readFile } from 'node:fs/promises';
import { Metrics, quantileBetween } from './prometheus.ts';

const SCRAPE_TIMEOUT_MS = 2_000;
/** Linux counts CPU time in these, on every machine that Node runs on. */
const TICKS_PER_SECOND = 100;
/** prom-client samples the loop with a timer of 10 ms and counts those in. */
const LAG_SAMPLER_SECONDS = 0.01;

/** What the server has used up to now. */
export interface Usage {
  cpuSeconds: number;
  memoryBytes: number;
}

/** What keeping its rooms took of a server of a pool, all rooms together. */
export interface JournalUse {
  /** In ticks: from looking what changed to handing an entry over. */
  noteSeconds: number;
  /** Outside ticks: writing it to Redis. */
  writeSeconds: number;
  /** Ticks whole. */
  tickSeconds: number;
  entries: number;
  bytes: number;
}

/** Of a whole measurement. What the server does not say is undefined. */
export interface ServerFigures {
  /** From begin to end: what was used is of so long, which is some seconds more than what clients measure. */
  seconds: number;
  cpuSeconds?: number;
  /** At the end. */
  memoryBytes?: number;
  eventLoopLagP99Ms?: number;
  tickP99Ms?: number;
  /** The game's own steps, all rooms together. */
  stepSeconds?: number;
  /** Of a server that keeps its rooms. */
  journal?: JournalUse;
}

/**
 * What the server says of itself at /metrics, and what the system says of it where it is a process of ours: that costs
 * the server nothing, and is there for every contender.
 */
export class ServerWatch {
  readonly #endpoint: string;
  readonly #pid: number | undefined;
  readonly #token: string | undefined;
  readonly #now: () => number;
  #worstLagMs: number | undefined;
  #before: { usage: Usage | undefined; metrics: Metrics | undefined; atMs: number } | undefined;

  /** @param now monotonic milliseconds */
  constructor(
    endpoint: string,
    pid: number | undefined,
    token: string | undefined,
    now: () => number = () => performance.now(),
  ) {
    this.#endpoint = endpoint;
    this.#pid = pid;
    this.#token = token;
    this.#now = now;
  }

  async usage(): Promise<Usage | undefined> {
    if (this.#pid !== undefined) return usageOfProcess(this.#pid);
    const metrics = await this.#scrape();
    return metrics && usageIn(metrics);
  }

  /** Asks once ahead of it all: the first answer is made by code that the server never ran, and delays its ticks. */
  async rehearse(): Promise<void> {
    await this.#scrape();
  }

  /** Asking takes this process some milliseconds of a core that it may share with the bots: best done before they are measured. */
  async begin(): Promise<void> {
    const metrics = await this.#scrape(); // first: it costs the server CPU, and begins the lag anew
    this.#worstLagMs = undefined;
    const usage = this.#pid === undefined ? metrics && usageIn(metrics) : await this.usage();
    this.#before = { metrics, usage, atMs: this.#now() };
  }

  async end(): Promise<ServerFigures> {
    const ownUsage = this.#pid === undefined ? undefined : await this.usage();
    const metrics = await this.#scrape();
    const usage = ownUsage ?? (metrics && usageIn(metrics));
    const before = this.#before;
    const figures: ServerFigures = { seconds: before === undefined ? 0 : (this.#now() - before.atMs) / 1_000 };
    if (usage !== undefined && before?.usage !== undefined) {
      figures.cpuSeconds = usage.cpuSeconds - before.usage.cpuSeconds;
      figures.memoryBytes = usage.memoryBytes;
    }
    if (this.#worstLagMs !== undefined) figures.eventLoopLagP99Ms = this.#worstLagMs;
    if (metrics !== undefined && before?.metrics !== undefined) {
      const name = 'velarium_tick_seconds';
      const tick = quantileBetween(before.metrics.buckets(name), metrics.buckets(name), 0.99);
      if (tick !== undefined) figures.tickP99Ms = tick * 1_000;
      const { metrics: first } = before;
      const risen = (name: string): number => (metrics.sum(name) ?? 0) - (first.sum(name) ?? 0);
      const stepped = 'velarium_step_seconds_sum';
      if (metrics.sum(stepped) !== undefined) figures.stepSeconds = risen(stepped);
      const journal: JournalUse = {
        noteSeconds: risen('velarium_journal_seconds_sum'),
        writeSeconds: risen('velarium_store_write_seconds_sum'),
        tickSeconds: risen('velarium_tick_seconds_sum'),
        entries: risen('velarium_journal_entries_total'),
        bytes: risen('velarium_journal_bytes_total'),
      };
      if (journal.entries > 0) figures.journal = journal;
    }
    return figures;
  }

  /** Each scrape ends what it tells of, at one scrape a second (a server elsewhere) a second: the worst counts. */
  #noteLag(metrics: Metrics): void {
    const lag = metrics.sum('nodejs_eventloop_lag_p99_seconds');
    if (lag === undefined || !Number.isFinite(lag)) return; // it had no sample since the last scrape
    this.#worstLagMs = Math.max(this.#worstLagMs ?? 0, (lag - LAG_SAMPLER_SECONDS) * 1_000);
  }

  /** @returns undefined where it has no /metrics, or does not show it to us */
  async #scrape(): Promise<Metrics | undefined> {
    try {
      const answer = await fetch(`${this.#endpoint}/metrics`, {
        headers: this.#token === undefined ? {} : { authorization: `Bearer ${this.#token}` },
        signal: AbortSignal.timeout(SCRAPE_TIMEOUT_MS),
      });
      const text = await answer.text();
      if (!answer.ok || !text.includes('# TYPE')) return undefined;
      const metrics = new Metrics(text);
      this.#noteLag(metrics);
      return metrics;
    } catch {
      return undefined;
    }
  }
}

function usageIn(metrics: Metrics): Usage | undefined {
  const cpuSeconds = metrics.sum('process_cpu_seconds_total');
  const memoryBytes = metrics.sum('process_resident_memory_bytes');
  return cpuSeconds === undefined || memoryBytes === undefined ? undefined : { cpuSeconds, memoryBytes };
}

/** /proc/PID/stat: behind the name in brackets the 12th and 13th number are ticks in user and in kernel mode. */
async function usageOfProcess(pid: number): Promise<Usage | undefined> {
  try {
    const [stat, status] = await Promise.all([
      readFile(`/proc/${pid}/stat`, 'utf8'),
      readFile(`/proc/${pid}/status`, 'utf8'),
    ]);
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const memory = /^VmRSS:\s+(\d+) kB/m.exec(status)?.[1];
    return {
      cpuSeconds: (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND,
      memoryBytes: Number(memory ?? 0) * 1_024,
    };
  } catch {
    return undefined; // not Linux, or it has ended
  }
}
