import { cpus } from 'node:os';
import { TICK_RATE_HZ } from '../shared/arena/rules.ts';
import { CONTENDER_NAMES, type Contender } from './contender.ts';
import { LoadTestError } from './exit-code.ts';
import type { LoadFault, LoadOptions } from './options.ts';
import { buildReport, type RunReport } from './report/run-report.ts';
import { progressLine } from './report/progress.ts';
import { PoolUnderTest } from './server/pool-under-test.ts';
import { pinning } from './server/pin.ts';
import { ServerProcess } from './server/server-process.ts';
import { ServerWatch, type Usage } from './server/server-watch.ts';
import { NO_SUCH_ROOM, TIMED_OUT } from './worker/error-kind.ts';
import { Generator, type Second } from './worker/generator.ts';
import type { Errors, WorkerPlan } from './worker/messages.ts';
import { shareRooms } from './worker/share-rooms.ts';

export interface RunPlan {
  contender: Contender;
  /** Clients of each room. */
  rooms: readonly number[];
  options: LoadOptions;
  /** What the bare server and its clients move: bytes of a message each way. */
  bareBytes?: { in: number; out: number };
}

export interface Outlets {
  /** Ctrl-C. */
  signal: AbortSignal;
  /** For whoever waits; not part of the result. */
  progress(line: string): void;
}

/** Before its first measurement a worker takes this long to start and join; joins are told of that often. */
const JOIN_PROGRESS_MS = 1_000;

/**
 * One run: starts a server unless there is one, joins, plays, measures, leaves.
 * @throws {LoadTestError} nothing could be measured
 */
export async function run(plan: RunPlan, outlets: Outlets): Promise<RunReport> {
  const { contender, options, bareBytes } = plan;
  const pins = pinning(options.pinCore, cpus().length);
  if (options.endpoint !== undefined) return measure(plan, { endpoint: options.endpoint }, pins.generator, outlets);
  if (options.chaos !== undefined) {
    const pool = await PoolUnderTest.start();
    try {
      return await measure(plan, pool, undefined, outlets);
    } finally {
      await pool.stop();
    }
  }
  const server = await ServerProcess.start({
    contender,
    cores: pins.server,
    ...(bareBytes === undefined ? {} : { messageBytes: bareBytes.in }),
  });
  try {
    return await measure(plan, server, pins.generator, outlets);
  } finally {
    await server.stop();
  }
}

/** What is measured; `harm` where something may happen to it. */
interface Target {
  endpoint: string;
  pid?: number;
  harm?(fault: LoadFault): Promise<string>;
}

async function measure(
  { contender, rooms, options, bareBytes }: RunPlan,
  target: Target,
  cores: readonly number[] | undefined,
  { signal, progress }: Outlets,
): Promise<RunReport> {
  const { endpoint, pid } = target;
  const harm = new Harm(target, options);
  const watch = new ServerWatch(endpoint, pid, process.env['VELARIUM_ADMIN_TOKEN']);
  const usage = new UsageBySecond(watch);
  const wanted = rooms.reduce((sum, clients) => sum + clients, 0);
  const shares = shareRooms(rooms, options.workers);
  const plans = shares.map(({ rooms, firstBot }): WorkerPlan => ({
    contender,
    endpoint,
    room: options.room,
    rooms,
    firstBot,
    delayMs: options.delayMs * shares.length,
    decode: options.decode,
    predict: options.predict,
    lean: options.lean,
    inputBytes: Math.max(1, Math.round(bareBytes?.out ?? 1)),
    tickRateHz: TICK_RATE_HZ,
    forgives: options.chaos !== undefined,
  }));
  progress(
    `${CONTENDER_NAMES[contender]}: ${rooms.length} rooms, ${wanted} clients, ${shares.length} ${shares.length === 1 ? 'worker' : 'workers'}`,
  );
  const generator = new Generator(plans, cores, (second) => {
    progress(progressLine(second, options.seconds));
    void usage.note(second);
  });
  const joining = setInterval(() => progress(`joined ${generator.joined} of ${wanted}`), JOIN_PROGRESS_MS);
  try {
    const joins = await generator.join(signal);
    clearInterval(joining);
    if (joins.joined === 0 && !signal.aborted) throw nobodyJoined(generator.joinErrors, endpoint, options);
    progress(`joined ${joins.joined} of ${wanted}; measuring ${options.seconds} s after ${options.warmupSeconds} s`);
    await watch.rehearse();
    let watching: Promise<void> | undefined;
    const measured = await generator.measure(options.warmupSeconds * 1_000, options.seconds, signal, {
      nearly: () => {
        watching = watch.begin();
      },
      began: () => {
        harm.begin(progress);
        void usage.begin();
      },
    });
    await watching;
    await harm.end();
    const server = watching === undefined ? {} : await watch.end();
    return buildReport({
      contender,
      options,
      rooms: rooms.length,
      workers: shares.length,
      interrupted: signal.aborted,
      joins,
      joinErrors: generator.joinErrors,
      measured,
      server,
      harm: harm.done,
      usage: usage.bySecond,
    });
  } finally {
    clearInterval(joining);
    harm.cancel();
    await generator.leave();
  }
}

/** Lets what was asked for happen to the target, once, in the middle of the measurement. */
class Harm {
  done: { fault: LoadFault; node: string; afterSeconds: number } | undefined;
  readonly #target: Target;
  readonly #options: LoadOptions;
  #timer: NodeJS.Timeout | undefined;
  #doing: Promise<void> | undefined;

  constructor(target: Target, options: LoadOptions) {
    this.#target = target;
    this.#options = options;
  }

  begin(progress: (line: string) => void): void {
    const { chaos: fault, seconds } = this.#options;
    if (fault === undefined) return;
    const beganMs = performance.now();
    const harm = async (): Promise<void> => {
      const node = await this.#target.harm!(fault);
      this.done = { fault, node, afterSeconds: (performance.now() - beganMs) / 1_000 };
      progress(`${fault} of ${node}`);
    };
    this.#timer = setTimeout(() => {
      this.#doing = harm();
      this.#doing.catch(() => {}); // whoever waits for the end is told
    }, seconds * 500);
  }

  /** @throws {LoadTestError} it could not be done */
  async end(): Promise<void> {
    this.cancel();
    await this.#doing?.catch((error: Error) => {
      throw new LoadTestError(`no server could be harmed: ${error.message}`);
    });
  }

  cancel(): void {
    clearTimeout(this.#timer);
  }
}

/** Server CPU and memory of each second, for the charts. */
class UsageBySecond {
  readonly bySecond = new Map<number, { cpuShare: number; memoryBytes: number }>();
  readonly #watch: ServerWatch;
  #last: { usage: Usage; atMs: number } | undefined;

  constructor(watch: ServerWatch) {
    this.#watch = watch;
  }

  async begin(): Promise<void> {
    const usage = await this.#watch.usage();
    if (usage !== undefined) this.#last = { usage, atMs: performance.now() };
  }

  async note({ second }: Second): Promise<void> {
    const usage = await this.#watch.usage();
    const atMs = performance.now();
    const last = this.#last;
    if (usage === undefined) return;
    this.#last = { usage, atMs };
    if (last === undefined || atMs <= last.atMs) return;
    const cpuShare = ((usage.cpuSeconds - last.usage.cpuSeconds) * 1_000) / (atMs - last.atMs);
    this.bySecond.set(second, { cpuShare, memoryBytes: usage.memoryBytes });
  }
}

function nobodyJoined(errors: Errors, endpoint: string, { room }: LoadOptions): LoadTestError {
  const kinds = Object.keys(errors).sort((a, b) => errors[b]! - errors[a]!);
  const kind = (kinds[0] ?? 'join: no answer').replace(/^join: /, '');
  if (kind === NO_SUCH_ROOM) return new LoadTestError(`${endpoint} has no rooms named "${room}" (--room)`);
  if (/^(ECONNREFUSED|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|ECONNRESET|ETIMEDOUT|UND_ERR)/.test(kind)) {
    return new LoadTestError(`no server at ${endpoint} (--endpoint): ${kind}`);
  }
  if (kind === TIMED_OUT) return new LoadTestError(`${endpoint} does not answer (--endpoint)`);
  return new LoadTestError(`nobody could join at ${endpoint}: ${kind}`);
}
