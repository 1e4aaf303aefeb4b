import { type LocalPool, startPool } from '../../pool/local-pool.ts';
import { PoolError } from '../../pool/pool-error.ts';
import { LoadTestError } from '../exit-code.ts';
import type { LoadFault } from '../options.ts';
import { requirePage } from './launch.ts';

const NODES = 3;
const ANSWER_TIMEOUT_MS = 2_000;

/** A pool of the load test's own: three servers, a Redis, and the proxy that clients come by. */
export class PoolUnderTest {
  readonly #pool: LocalPool;

  private constructor(pool: LocalPool) {
    this.#pool = pool;
  }

  /** @throws {LoadTestError} it does not start */
  static async start(): Promise<PoolUnderTest> {
    requirePage();
    try {
      const environment = {
        NODE_ENV: 'production',
        VELARIUM_LOG_LEVEL: 'silent',
        VELARIUM_ADMIN_TOKEN: '',
        VELARIUM_ALLOW_MISSING_ORIGIN: '', // bots have none
      };
      return new PoolUnderTest(await startPool({ nodes: NODES, environment }));
    } catch (error) {
      if (error instanceof PoolError) throw new LoadTestError(error.message);
      throw error;
    }
  }

  get endpoint(): string {
    return this.#pool.url;
  }

  /** Kills the server that has the most rooms, or asks it to end, which makes it move them. @returns its name */
  async harm(fault: LoadFault): Promise<string> {
    const counted = await Promise.all(this.#pool.nodes.map(async (node) => ({ node, rooms: await roomsOf(node.url) })));
    const [{ node }] = counted.sort((a, b) => b.rooms - a.rooms) as [(typeof counted)[number]];
    if (fault === 'kill') node.child.kill();
    else node.child.askToEnd();
    return node.name;
  }

  stop(): Promise<void> {
    return this.#pool.stop();
  }
}

async function roomsOf(url: string): Promise<number> {
  const answer = await fetch(`${url}/admin/nodes`, { signal: AbortSignal.timeout(ANSWER_TIMEOUT_MS) });
  const [own] = (await answer.json()) as [{ load: { rooms: number } }];
  return own.load.rooms;
}
