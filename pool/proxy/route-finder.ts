import { setTimeout as pause } from 'node:timers/promises';

/** How long an answer is good; a room may move. */
const FRESH_MS = 2_000;
/** A node that takes longer is asked no further. */
const ANSWER_TIMEOUT_MS = 2_000;
/** A node that stands still takes connections and does not answer: after this the next one is asked as well. */
const ASK_NEXT_MS = 150;
const MAX_KNOWN = 10_000;

const ROOM_PATH = /^\/([\w-]{1,64})\/([\w-]{1,64})$/;
const ADDRESS = /^[\w.-]+:\d{1,5}$/;

export interface RouteFinderOptions {
  /** Addresses of nodes that may be asked, the best first. */
  nodes(): readonly string[];
  /** What opens the nodes' admin routes, where they want a token. */
  adminToken: string | undefined;
  /** Monotonic milliseconds. */
  now(): number;
}

type Answer = { address: string } | 'no such room' | 'cannot tell';

interface Known {
  address: string;
  sinceMs: number;
}

/** Finds the node that a WebSocket goes to, by its path: any node can tell. */
export class RouteFinder {
  readonly #options: RouteFinderOptions;
  /** The oldest first. */
  readonly #known = new Map<string, Known>();
  /** Questions under way: when a room moves, all its clients come at once. */
  readonly #asking = new Map<string, Promise<Answer>>();

  constructor(options: RouteFinderOptions) {
    this.#options = options;
  }

  /**
   * @param path of the URL, without its query
   * @returns host and port; undefined where the path names no room that any node knows: then any of them can say so.
   * While the nodes cannot tell, since Redis is away, the last that was known.
   */
  async find(path: string): Promise<string | undefined> {
    const [, processId, roomId] = ROOM_PATH.exec(path) ?? [];
    if (processId === undefined || roomId === undefined) return undefined;
    const key = `${processId}/${roomId}`;
    const known = this.#known.get(key);
    if (known !== undefined && this.#options.now() - known.sinceMs < FRESH_MS) return known.address;
    const answer = await this.#askOnce(key);
    if (answer === 'cannot tell') return known?.address;
    this.#known.delete(key);
    if (answer === 'no such room') return undefined;
    this.#learn(key, answer.address);
    return answer.address;
  }

  #askOnce(key: string): Promise<Answer> {
    const asking = this.#asking.get(key);
    if (asking !== undefined) return asking;
    const answer = this.#askInTurn(key).finally(() => this.#asking.delete(key));
    this.#asking.set(key, answer);
    return answer;
  }

  /** The first answer of whichever node; each is asked when the one before cannot tell, or has not told for a while. */
  async #askInTurn(key: string): Promise<Answer> {
    const asked: Promise<Answer>[] = [];
    for (const node of this.#options.nodes()) {
      asked.push(this.#ask(node, key));
      const answer = await Promise.race([firstTold(asked), later(ASK_NEXT_MS)]);
      if (answer !== undefined && answer !== 'cannot tell') return answer;
    }
    return firstTold(asked);
  }

  #learn(key: string, address: string): void {
    this.#known.set(key, { address, sinceMs: this.#options.now() });
    if (this.#known.size <= MAX_KNOWN) return;
    for (const [oldest] of this.#known) {
      this.#known.delete(oldest);
      return;
    }
  }

  async #ask(node: string, key: string): Promise<Answer> {
    const { adminToken } = this.#options;
    try {
      const response = await fetch(`http://${node}/admin/route/${key}`, {
        headers: adminToken === undefined ? {} : { authorization: `Bearer ${adminToken}` },
        signal: AbortSignal.timeout(ANSWER_TIMEOUT_MS),
        redirect: 'error',
      });
      await response.body?.cancel();
      if (response.status === 404) return 'no such room';
      const address = response.headers.get('x-velarium-node');
      return response.ok && address !== null && ADDRESS.test(address) ? { address } : 'cannot tell';
    } catch {
      return 'cannot tell';
    }
  }
}

/** The first that can tell, or that none can. */
async function firstTold(answers: readonly Promise<Answer>[]): Promise<Answer> {
  const told = answers.map(async (answer) => {
    const said = await answer;
    if (said === 'cannot tell') throw new Error(said);
    return said;
  });
  return Promise.any(told).catch(() => 'cannot tell');
}

const later = (delayMs: number): Promise<undefined> => pause(delayMs, undefined, { ref: false });
