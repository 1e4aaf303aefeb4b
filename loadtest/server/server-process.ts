import { type ChildProcess, spawn } from 'node:child_process';
import { CONTENDER_NAMES, type Contender } from '../contender.ts';
import { LoadTestError } from '../exit-code.ts';
import { launched, requirePage, ROOT } from './launch.ts';
import { onCores } from './pin.ts';

const STOP_TIMEOUT_MS = 3_000;

export interface ServerPlan {
  contender: Contender;
  cores: readonly number[] | undefined;
  /** Of the bare one: bytes of each message that it writes. */
  messageBytes?: number;
}

/** A server of the load test's own, in a process of its own, on a free port of 127.0.0.1. */
export class ServerProcess {
  readonly endpoint: string;
  readonly pid: number;
  readonly #child: ChildProcess;
  readonly #ended: Promise<void>;

  private constructor(child: ChildProcess, port: string) {
    this.endpoint = `http://127.0.0.1:${port}`;
    this.#child = child;
    this.pid = child.pid!;
    this.#ended = new Promise((resolve) => child.once('exit', () => resolve()));
  }

  /** @throws {LoadTestError} it does not start */
  static async start(plan: ServerPlan): Promise<ServerProcess> {
    const [script, ...rest] = scriptOf(plan);
    if (plan.contender === 'velarium') requirePage();
    const { command, args } = onCores(plan.cores, process.execPath, [script!, ...rest]);
    const child = spawn(command, args, {
      cwd: ROOT,
      env: {
        ...withoutRedis(process.env),
        NODE_ENV: 'production',
        PORT: '0',
        VELARIUM_HOST: '127.0.0.1',
        VELARIUM_ADMIN_PORT: '', // /metrics is looked for beside the game
        VELARIUM_ALLOW_MISSING_ORIGIN: '', // bots have none
      },
      stdio: ['pipe', 'pipe', 'pipe'],
      detached: true, // the terminal's Ctrl-C is for us: what was measured needs the server until it is printed
    });
    let words = '';
    child.stderr.on('data', (data: Buffer) => (words = (words + data.toString()).slice(-2_000)));
    const port = await launched(child);
    if (port === undefined) {
      throw new LoadTestError(`the server of ${CONTENDER_NAMES[plan.contender]} does not start: ${words.trim()}`);
    }
    return new ServerProcess(child, port);
  }

  async stop(): Promise<void> {
    this.#child.kill('SIGTERM');
    const timer = setTimeout(() => this.#child.kill('SIGKILL'), STOP_TIMEOUT_MS);
    await this.#ended;
    clearTimeout(timer);
  }
}

function scriptOf({ contender, messageBytes = 0 }: ServerPlan): string[] {
  if (contender === 'velarium') return ['server/main.ts'];
  if (contender === 'colyseus') return ['loadtest/baseline/colyseus-server.ts'];
  return ['loadtest/baseline/bare-server.ts', String(messageBytes)];
}

/** A pool would count other nodes' rooms in, and the contenders have none. */
function withoutRedis({ REDIS_URI: _redis, ...environment }: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return environment;
}
