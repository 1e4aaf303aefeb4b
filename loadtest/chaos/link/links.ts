import type { NodeWays } from '../../../pool/local-pool.ts';
import type { Timers } from '../../../client/timers.ts';
import { FaultProxy } from './fault-proxy.ts';

/** What of a node can be cut: its way to Redis, or the way of clients (and other nodes) to it. */
export type LinkKind = 'redis' | 'clients';

/** The links of all nodes of a pool, by the nodes' names. */
export class Links {
  readonly #kinds: readonly LinkKind[];
  readonly #redisPort: number;
  readonly #timers: Timers;
  readonly #links = new Map<string, Map<LinkKind, FaultProxy>>();

  /** @param kinds the others lead where they lead, without anything in between */
  constructor(kinds: readonly LinkKind[], redisUri: string, timers: Timers) {
    this.#kinds = kinds;
    this.#redisPort = Number(new URL(redisUri).port);
    this.#timers = timers;
  }

  /** Links for a node that is about to be started; those of the one that had its name are closed. */
  async ways(name: string, port: number): Promise<NodeWays> {
    await this.#close(name);
    const links = new Map<LinkKind, FaultProxy>();
    for (const kind of this.#kinds) {
      links.set(kind, await FaultProxy.before(kind === 'redis' ? this.#redisPort : port, this.#timers));
    }
    this.#links.set(name, links);
    const [redis, clients] = [links.get('redis'), links.get('clients')];
    return {
      ...(redis === undefined ? {} : { redisUri: `redis://127.0.0.1:${redis.port}` }),
      ...(clients === undefined ? {} : { address: `127.0.0.1:${clients.port}` }),
    };
  }

  /** @throws {TypeError} the pool was started without such links */
  of(name: string, kind: LinkKind): FaultProxy {
    const link = this.#links.get(name)?.get(kind);
    if (link === undefined) throw new TypeError(`${name} has no link of its own to its ${kind}`);
    return link;
  }

  async close(): Promise<void> {
    await Promise.all([...this.#links.keys()].map((name) => this.#close(name)));
  }

  async #close(name: string): Promise<void> {
    const links = this.#links.get(name);
    this.#links.delete(name);
    await Promise.all([...(links?.values() ?? [])].map((link) => link.close()));
  }
}
