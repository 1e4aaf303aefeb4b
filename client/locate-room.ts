import type { Whereabouts } from './framed-room.ts';
import type { Timers } from './timers.ts';

/** A server waits for a room that is on its way for up to a second. */
const LOCATE_TIMEOUT_MS = 2_000;
/** Servers that are asked at once. */
const MOST_ASKED = 3;
/** With which a server says that it is to be asked again. */
const ASK_AGAIN = 409;

export interface LocateRequest {
  /** Where any server of the pool answers. */
  url: string;
  body: string;
  /** How long one is given before the next is asked as well. */
  nextAskMs: number;
  timers: Timers;
  /** The address in a seat that a server answered with. */
  addressOf(seat: unknown): string;
  /** Whether the room was behind the same address: where that is out of reach, so is the room. */
  isSameHost: boolean;
  fetch?: typeof fetch;
}

/**
 * Asks for a room that was lost. Behind the endpoint there may be several servers, one of which is the one that is silent,
 * and whatever stands in front of them may not know: so where no answer comes soon, another question goes out, which
 * comes to another server as a rule. The first answer counts. Where not even a connection is to be had, nobody else
 * would be reached either.
 * @throws {Error} nobody could tell; perhaps the room is still where it was
 */
export async function locateRoom(request: LocateRequest): Promise<Whereabouts> {
  const { timers, nextAskMs, isSameHost } = request;
  const abort = new AbortController();
  const asked: Promise<Whereabouts>[] = [];
  const { promise: answer, resolve, reject } = Promise.withResolvers<Whereabouts>();
  let failed = 0;
  let nextTimer: unknown;
  const askNext = (): void => {
    timers.clearTimeout(nextTimer);
    const question = ask(request, abort.signal);
    asked.push(question);
    if (asked.length < MOST_ASKED) nextTimer = timers.setTimeout(askNext, nextAskMs);
    question.then(resolve, (error: Error) => {
      failed++;
      // Asked again at once it would be no nearer; each attempt is a line in a browser's console.
      if (error instanceof Unreachable && failed === asked.length)
        return isSameHost ? resolve('on its way') : reject(error);
      if (failed === MOST_ASKED) reject(error);
      else if (failed === asked.length) askNext(); // nobody else is being waited for
    });
  };
  const limit = timers.setTimeout(() => reject(new Error('no server answers')), LOCATE_TIMEOUT_MS);
  askNext();
  try {
    return await answer;
  } finally {
    timers.clearTimeout(nextTimer);
    timers.clearTimeout(limit);
    abort.abort();
  }
}

/** No server took the question, or none began to answer. */
class Unreachable extends Error {
  override readonly name = 'Unreachable';
}

async function ask({ url, body, addressOf, ...options }: LocateRequest, signal: AbortSignal): Promise<Whereabouts> {
  const response = await (options.fetch ?? fetch)(url, {
    method: 'POST',
    headers: { accept: 'application/json', 'content-type': 'application/json' },
    body,
    signal,
  }).catch((cause: unknown) => {
    throw new Unreachable('no server is reached', { cause });
  });
  if (response.status === ASK_AGAIN) return 'on its way';
  if (!response.ok) throw new Error(`status ${response.status}`);
  return { url: addressOf(await response.json()) };
}
