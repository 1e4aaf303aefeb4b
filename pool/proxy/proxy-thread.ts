import { Worker } from 'node:worker_threads';

/** What the pool tells its proxy. */
export type ToProxy =
  | { kind: 'nodes'; living: readonly string[] }
  | { kind: 'listen'; port: number; host: string | undefined }
  | { kind: 'stop listening' };

/** How listening went: the port, or what an error of `listen` has that is looked at. */
export type FromProxy = { port: number } | { error: { message: string; code?: string; port?: number } };

/** See proxy-main.ts. */
export interface ProxyData {
  adminToken: string | undefined;
}

const SCRIPT = new URL('proxy-main.ts', import.meta.url);

/** The pool's proxy, in a thread of its own: every byte that is played passes it, and who started the pool may play too. */
export class ProxyThread {
  readonly #worker: Worker;
  #port = 0;

  constructor(data: ProxyData) {
    this.#worker = new Worker(SCRIPT, { workerData: data });
    this.#worker.on('error', (error) => {
      throw error; // a pool without its proxy is none
    });
  }

  get port(): number {
    return this.#port;
  }

  /** Which nodes may be asked: host and port of each. */
  know(living: readonly string[]): void {
    this.#tell({ kind: 'nodes', living });
  }

  /** @throws the error of `listen`, e.g. with code `EADDRINUSE` */
  async listen(port: number, host: string | undefined): Promise<void> {
    const answer = new Promise<FromProxy>((resolve) => this.#worker.once('message', resolve));
    this.#tell({ kind: 'listen', port, host });
    const went = await answer;
    if ('error' in went) throw Object.assign(new Error(went.error.message), went.error);
    this.#port = went.port;
  }

  /** Takes no further connection; those that are open live on. */
  stopListening(): void {
    this.#tell({ kind: 'stop listening' });
  }

  /** Ends all that is left. */
  async close(): Promise<void> {
    await this.#worker.terminate();
  }

  #tell(message: ToProxy): void {
    this.#worker.postMessage(message);
  }
}
