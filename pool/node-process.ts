import path from 'node:path';
import { Child } from './child.ts';
import { PoolError } from './pool-error.ts';

const ROOT = path.join(import.meta.dirname, '..');
const START_TIMEOUT_MS = 30_000;
/** Lines that are kept of what it says before it listens, for the case that it never does. */
const MAX_LAST_WORDS = 10;

export interface NodePlan {
  name: string;
  port: number;
  /** Of the server, in the project. Default its own, with the arena. */
  script?: string | undefined;
  /** Where the pool reaches it, if not at its port. */
  address?: string | undefined;
  redisUri: string;
  /** Of the whole pool; what is about one node's addresses is not taken from it. */
  environment: NodeJS.ProcessEnv;
  /** Called with each line that it prints once it listens. */
  onLine(line: string): void;
}

/** A server of the pool, in a process of its own, on a port of 127.0.0.1. */
export class NodeProcess {
  readonly name: string;
  /** Host and port at which the pool reaches it. */
  readonly address: string;
  /** Of the node itself, whatever lies between the pool and it. */
  readonly url: string;
  readonly child: Child;
  /** Colyseus's name for it, which is the first part of a WebSocket's path. */
  processId = '';

  private constructor(name: string, address: string, port: number, child: Child) {
    this.name = name;
    this.address = address;
    this.url = `http://127.0.0.1:${port}`;
    this.child = child;
  }

  /** @throws {PoolError} it does not start */
  static async start(plan: NodePlan): Promise<NodeProcess> {
    const { name, port, redisUri, environment, onLine, script = 'server/main.ts' } = plan;
    const address = plan.address ?? `127.0.0.1:${port}`;
    const words: string[] = [];
    let listens = (): void => {};
    const listening = new Promise<'listens'>((resolve) => (listens = () => resolve('listens')));
    let isListening = false;
    const child = new Child({
      command: process.execPath,
      args: [script],
      cwd: ROOT,
      environment: {
        ...environment,
        PORT: String(port),
        REDIS_URI: redisUri,
        VELARIUM_HOST: '127.0.0.1',
        VELARIUM_NODE_ADDRESS: address,
        VELARIUM_PUBLIC_ADDRESS: '',
        VELARIUM_TRUSTED_PROXIES: 'loopback', // the pool's own; nothing else reaches 127.0.0.1 from elsewhere
        VELARIUM_DRAIN_SECONDS: environment['VELARIUM_DRAIN_SECONDS'] || '10', // less than a Child has for its end
        VELARIUM_ADMIN_PORT: '', // on the node's own port, for this machine
      },
      onLine: (line) => {
        if (isListening) return onLine(line);
        isListening = line.includes(`http://${address}/`);
        if (isListening) listens();
        else if (words.push(line) > MAX_LAST_WORDS) words.shift();
      },
    });
    let timedOut = '';
    const timer = setTimeout(() => {
      timedOut = `nothing listens after ${START_TIMEOUT_MS} ms, `;
      child.kill();
    }, START_TIMEOUT_MS);
    const how = await Promise.race([listening, child.ended]);
    clearTimeout(timer);
    if (how !== 'listens') throw new PoolError([`${name} does not start (${timedOut}${how})`, ...words].join('\n'));
    return new NodeProcess(name, address, port, child);
  }
}
