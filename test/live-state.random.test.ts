import type { StateView } from '@colyseus/schema';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import fc from 'fast-check';
import { type Act, LiveGame } from './support/live-game.ts';
import { type GameSchema, randomSchema } from './support/live-schemas.ts';
import { Random } from './support/random.ts';

const RUNS = 60;
const MOST_ACTS = 300;

const SCHEMAS = Array.from({ length: 12 }, (_, i) => randomSchema(new Random(i), `OfGame${i}`));

const act = fc.tuple(fc.nat(LiveGame.acts - 1), fc.nat(999), fc.nat(999));
const acts = fc.array(act, { maxLength: MOST_ACTS, size: 'max' });

/** What a decoder says of bytes that it cannot place. */
let complaints = 0;
let lastComplaint = '';

beforeEach(() => {
  complaints = 0;
  jest.spyOn(console, 'warn').mockImplementation(() => void complaints++);
  jest.spyOn(console, 'error').mockImplementation((...said: unknown[]) => {
    complaints++;
    lastComplaint = said.map(String).join(' ');
  });
});

afterEach(() => {
  jest.restoreAllMocks();
});

const complaintsOf = (run: () => void): number => {
  const before = complaints;
  run();
  return complaints - before;
};

/** How much was compared, over all runs. */
const seen = { ticks: 0, states: 0, keyframes: 0, leftOut: 0 };

/**
 * Plays a game twice: with framed clients and plain ones, and with plain ones only. There are moves that Schema itself
 * does not tell well: where a plain client is wrong too, the twin of the one that is or one that joins now, the game is
 * over.
 * @returns what is wrong
 */
function play(schema: GameSchema, timed: boolean, acts: readonly Act[]): string | undefined {
  const game = new LiveGame(schema, { timed });
  const plain = new LiveGame(schema, { timed, isTwin: true });
  const left = (isSchemas: boolean, acts: number, wrong: string): string | undefined => {
    if (!isSchemas && !isWrongToJoiners(plain)) return wrong;
    seen.leftOut += acts;
    return undefined;
  };
  for (const [i, act] of acts.entries()) {
    const { ticks } = game;
    const theirs = complaintsOf(() => plain.act(act));
    const ours = complaintsOf(() => game.act(act));
    if (ours > 0) return left(theirs > 0, acts.length - i, `act ${i}: ${lastComplaint}`);
    if (game.ticks === ticks) continue;
    seen.ticks += game.ticks - ticks;
    const expectedOf = cached((view: StateView | undefined) => game.expected(view));
    for (const [at, client] of game.stage.clients.entries()) {
      if (client.keyframesRequested > 0) return `client ${at} could not read what it was sent`;
      if (client.isOwed) continue;
      const expected = expectedOf(client.view);
      const held = game.held(client);
      seen.states++;
      if (held === expected) continue;
      const isTwinWrong = plain.held(plain.stage.clients[at]!) !== expected;
      const wrong = `act ${i}, client ${at} (framed: ${client.framed})\nholds    ${held}\nin place ${expected}`;
      return left(isTwinWrong, acts.length - i, wrong);
    }
  }
  seen.keyframes += game.stage.clients.reduce((sum, { wholes }) => sum + wholes, 0);
  return undefined;
}

function isWrongToJoiners(plain: LiveGame): boolean {
  return [undefined, ...plain.views].some((view) => {
    let isWrong = false;
    const complained = complaintsOf(() => {
      const client = plain.stage.join({ framed: false, ...(view && { view }) });
      isWrong = plain.held(client) !== plain.expected(view);
    });
    return isWrong || complained > 0;
  });
}

function cached<K, V>(make: (key: K) => V): (key: K) => V {
  const made = new Map<K, V>();
  return (key) => {
    if (!made.has(key)) made.set(key, make(key));
    return made.get(key)!;
  };
}

describe('live state in a room (D)', () => {
  it(`[D12] every client holds the quantised state after each tick, whatever happens: ${RUNS} games`, () => {
    let played = 0;
    fc.assert(
      fc.property(fc.nat(SCHEMAS.length - 1), fc.boolean(), acts, (schema, timed, all) => {
        played += all.length;
        const wrong = play(SCHEMAS[schema]!, timed, all);
        if (wrong !== undefined) throw new Error(wrong);
      }),
      { seed: 1, numRuns: RUNS, interruptAfterTimeLimit: 100_000, markInterruptAsFailure: true },
    );
    console.info(`${played} acts: ${JSON.stringify(seen)}`);
    expect(seen.states).toBeGreaterThan(8_000);
    expect(seen.leftOut).toBeLessThan(played / 6);
  }, 120_000);
});
