import { beforeEach, describe, expect, it } from '@jest/globals';
import { settled, VirtualTimers } from '../../test/support/virtual-timers.ts';
import { rendezvousOrder } from './rendezvous.ts';
import type { Candidate } from './rendezvous.ts';
import { RoomClaimer } from './room-claimer.ts';
import type { ClaimEvent, RoomClaimerOptions } from './room-claimer.ts';
import type { Claimed } from './room-claims.ts';

const OWN = 'own/1';
const STAGGER_MS = 40;
const SOUND_MS = 3_000;

let timers: VirtualTimers;
let candidates: Candidate[];
let events: ClaimEvent[];
/** What was asked of the store, in order. */
let asked: string[];
/** How often rooms were claimed before. */
let attempts: Record<string, number>;
let answer: () => Promise<Claimed | 'lost' | 'gone'>;

beforeEach(() => {
  timers = new VirtualTimers();
  timers.nextRandom = 0.5; // staggers are exact
  candidates = [{ key: OWN, weight: 1 }];
  events = [];
  asked = [];
  attempts = {};
  answer = () => Promise.resolve({ epoch: 2, attempts: 1 });
});

function claimer(options: Partial<RoomClaimerOptions<Claimed>> = {}): RoomClaimer<Claimed> {
  const note = (what: string) => (roomId: string) => {
    asked.push(`${timers.now()} ${what} ${roomId}`);
    return Promise.resolve();
  };
  return new RoomClaimer<Claimed>({
    own: OWN,
    claims: {
      claim: (roomId) => note('claim')(roomId).then(() => answer()),
      attempts: (roomId) => Promise.resolve(attempts[roomId] ?? 0),
      release: note('release'),
      setAside: note('set aside'),
    },
    adopt: note('adopt'),
    candidates: () => candidates,
    isFenced: () => false,
    term: () => 7,
    report: (event) => events.push(event),
    clock: timers,
    random: timers.random,
    staggerMs: STAGGER_MS,
    soundMs: SOUND_MS,
    ...options,
  });
}

const kinds = (): string[] => events.map(({ kind, roomId }) => `${kind} ${roomId}`);
const others = (count: number): Candidate[] =>
  Array.from({ length: count }, (_, i) => ({ key: `other${i}/1`, weight: 1 }));

describe('a room whose owner is gone', () => {
  it('is claimed at once by its first candidate, and by each other one a little later', async () => {
    candidates.push(...others(2));
    const roomIds = Array.from({ length: 12 }, (_, i) => `r${i}`);
    claimer().take(roomIds, 'dead/1');
    await timers.pass(1_000);
    const at = Object.fromEntries(
      asked.filter((line) => line.includes('claim')).map((line) => line.split(' claim ').toReversed()),
    );
    const rank = (roomId: string): number => rendezvousOrder(roomId, candidates).indexOf(OWN);
    expect(at).toEqual(Object.fromEntries(roomIds.map((roomId) => [roomId, String(rank(roomId) * STAGGER_MS)])));
    expect(new Set(Object.values(at))).toEqual(new Set(['0', '40', '80']));
  });

  it('is adopted with what the claim gave, in the term in which it was asked for', async () => {
    const adoptions: unknown[] = [];
    claimer({ adopt: (...args) => Promise.resolve(void adoptions.push(args)) }).take(['r'], 'dead/1');
    await settled();
    expect(adoptions).toEqual([['r', { epoch: 2, attempts: 1 }, 7, 'dead/1']]);
    expect(events).toEqual([{ kind: 'adopted', roomId: 'r', epoch: 2, attempts: 1 }]);
  });

  it.each(['lost', 'gone'] as const)('is left alone when the store says that it is %s', async (why) => {
    answer = () => Promise.resolve(why);
    claimer().take(['r'], 'dead/1');
    await settled();
    expect(asked).toEqual(['0 claim r']);
    expect(events).toEqual([{ kind: 'passed', roomId: 'r', why }]);
  });

  it('is left to others by a node that drains, and by one that is fenced', async () => {
    candidates = others(2);
    claimer().take(['r'], 'dead/1');
    candidates = [{ key: OWN, weight: 1 }];
    claimer({ isFenced: () => true }).take(['r'], 'dead/1');
    await timers.pass(1_000);
    expect(asked).toEqual([]);
  });

  it('is left to its owner when that comes back before the claim', async () => {
    candidates.push(...others(3));
    const roomIds = Array.from({ length: 20 }, (_, i) => `r${i}`);
    const own = claimer({ atOnce: 100 });
    own.take(roomIds, 'dead/1');
    own.leaveTo('dead/1');
    await timers.pass(1_000);
    expect(asked.filter((line) => line.includes('claim')).every((line) => line.startsWith('0 '))).toBe(true);
    expect(roomIds.some((roomId) => own.has(roomId))).toBe(false);
  });

  it('is asked for once, however often it is named', async () => {
    const own = claimer();
    own.take(['r', 'r'], 'dead/1');
    own.take(['r'], 'dead/1');
    await settled();
    expect(asked).toEqual(['0 claim r', '0 adopt r']);
  });
});

it('claims no more rooms than it can start: the others wait, or go elsewhere', async () => {
  const finish: (() => void)[] = [];
  let most = 0;
  const own = claimer({
    atOnce: 3,
    adopt: () => new Promise((resolve) => (most = Math.max(most, finish.push(resolve)))),
  });
  own.take(['a', 'b', 'c', 'd', 'e', 'f', 'g'], 'dead/1');
  for (let i = 0; i < 7; i++) {
    await settled();
    expect(asked).toHaveLength(Math.min(7, i + 3));
    finish.shift()!();
  }
  await settled();
  expect([most, kinds().length]).toEqual([3, 7]);
});

describe('what fails', () => {
  it('to start is given up here, and taken again only after the others had their turn', async () => {
    candidates.push(...others(1));
    const first = Array.from({ length: 20 }, (_, i) => `r${i}`).find(
      (roomId) => rendezvousOrder(roomId, candidates)[0] === OWN,
    )!;
    const error = new Error('does not start');
    const own = claimer({ adopt: () => Promise.reject(error) });
    own.take([first], 'dead/1');
    await settled();
    expect(asked).toEqual([`0 claim ${first}`, `0 release ${first}`]);
    expect(events).toEqual([{ kind: 'adoption-failed', roomId: first, epoch: 2, error }]);
    own.take([first], '');
    await timers.pass(2 * STAGGER_MS);
    expect(asked.slice(2)).toEqual([`${2 * STAGGER_MS} claim ${first}`, `${2 * STAGGER_MS} release ${first}`]);
  });

  it('to start too often is set aside without another attempt', async () => {
    answer = () => Promise.resolve({ epoch: 5, attempts: 4 });
    claimer({ maxAttempts: 3 }).take(['r'], 'dead/1');
    await settled();
    expect(asked).toEqual(['0 claim r', '0 set aside r']);
    expect(events).toEqual([{ kind: 'set-aside', roomId: 'r', epoch: 5 }]);
  });

  it('to keep its node alive, perhaps, is tried alone: the next such room waits until it ran for a while', async () => {
    attempts = { a: 2, b: 2, c: 1, d: 3 };
    answer = () => Promise.resolve({ epoch: 5, attempts: 3 });
    const own = claimer({ maxAttempts: 3 });
    own.take(['a', 'b', 'c'], 'dead/1');
    await timers.pass(SOUND_MS);
    expect(asked.toSorted()).toEqual(['0 adopt a', '0 adopt c', '0 claim a', '0 claim c']);
    expect([own.has('a'), own.has('b')]).toEqual([false, true]);
    await timers.pass(100);
    expect(asked.slice(4)).toEqual([`${SOUND_MS + 50} claim b`, `${SOUND_MS + 50} adopt b`]);
    // One that is to be set aside waits for nobody.
    own.take(['d'], 'dead/1');
    await settled();
    expect(asked.slice(6)).toEqual([`${SOUND_MS + 100} claim d`, `${SOUND_MS + 100} adopt d`]);
  });

  it('to be won, or to start, when it was to be tried alone makes room for the next at once', async () => {
    attempts = { a: 2, b: 2, c: 2 };
    answer = () => Promise.resolve(asked.at(-1) === '0 claim a' ? 'lost' : { epoch: 5, attempts: 3 });
    const own = claimer({
      maxAttempts: 3,
      adopt: (roomId) => (roomId === 'b' ? Promise.reject(new Error('b')) : Promise.resolve()),
    });
    own.take(['a', 'b', 'c'], 'dead/1');
    await timers.pass(1_000);
    expect(kinds()).toEqual(['passed a', 'adoption-failed b', 'adopted c']);
  });

  it('to be claimed because the store is away is forgotten, so that a sweep can find it again', async () => {
    const error = new Error('away');
    answer = () => Promise.reject(error);
    const own = claimer();
    own.take(['r'], 'dead/1');
    await settled();
    expect(events).toEqual([{ kind: 'claim-failed', roomId: 'r', error }]);
    expect(own.has('r')).toBe(false);
  });
});

it('stops when what is under way has ended, and claims nothing more', async () => {
  let finish = (): void => {};
  const own = claimer({ atOnce: 1, adopt: () => new Promise((resolve) => (finish = resolve)) });
  own.take(['a', 'b'], 'dead/1');
  await settled();
  let stopped = false;
  void own.stop().then(() => (stopped = true));
  own.take(['c'], 'dead/1');
  await settled();
  expect(stopped).toBe(false);
  finish();
  await settled();
  expect([stopped, asked, timers.count]).toEqual([true, ['0 claim a'], 0]);
});
