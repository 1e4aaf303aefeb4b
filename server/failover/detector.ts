import { nodeIdOf } from './beat-board.ts';
import type { SeenBeat } from './beat-board.ts';
import { Lateness } from './lateness.ts';
import type { Candidate } from './rendezvous.ts';
import { longest } from './timings.ts';
import type { FailoverTimings } from './timings.ts';

/** What became of a member: it appeared, stood still for too long, moved again after that, or said goodbye. */
export interface Change {
  kind: 'joined' | 'lost' | 'back' | 'left';
  key: string;
  /** Of one that is lost: for how long it provably stood still, and how long it was given. */
  stillMs?: number;
  givenMs?: number;
}

/** What asking a node directly gave: nothing listens there (or another run of it), or it was not quick to answer. */
export type Evidence = 'refused' | 'silent';

interface Watched {
  count: number;
  weight: number;
  /** When its counter last moved, as far as can be told; never earlier than that. */
  movedMs: number;
  /** The same, or later: from here on everything that was observed holds. */
  stillSinceMs: number;
  state: 'alive' | 'lost' | 'left';
  evidence: Evidence | undefined;
  askedMs: number;
  lateness: Lateness;
}

/**
 * Tells which members of the pool are lost, from what the board answers this node, on this node's own clock alone.
 *
 * A member is lost when its counter provably stood still for {@link FailoverTimings.lostMs}: from the answer in which
 * it was last seen to move, to the sending of a question that found it there still. A timeout alone cannot tell a dead
 * node from a slow store or a slow self (Chandra and Toueg 1996), so both are looked at:
 *
 * - Where this node's own answers are late or far apart, the store stood still, or this node did. What was observed
 *   until then is void and the time of everybody starts anew.
 * - While others are there whose counters should move and none does, it takes longer, unless the member was asked
 *   itself and did not answer.
 * - A member whose beats were late lately is given longer, up to {@link FailoverTimings.mostLostMs}: it is short of a
 *   processor, which is no death. Only what cannot be this node's own lateness counts.
 *
 * Wrong verdicts cost a takeover that was not needed, and nothing else: who owns a room is decided by epochs.
 */
export class Detector {
  readonly #own: string;
  readonly #timings: FailoverTimings;
  readonly #members = new Map<string, Watched>();
  #sentMs = -Infinity;
  #sentBeforeMs = -Infinity;
  #receivedMs = -Infinity;
  /** Since when nothing was void. */
  #sinceMs = Infinity;

  constructor(own: string, timings: FailoverTimings) {
    this.#own = own;
    this.#timings = timings;
  }

  /** An answer of the board. @returns what changed by it */
  observe(sentMs: number, receivedMs: number, seen: readonly SeenBeat[]): Change[] {
    const changes: Change[] = [];
    if (sentMs <= this.#sentMs) return changes; // overtaken by a later one
    const beforeMs = this.#receivedMs;
    this.#sentBeforeMs = this.#sentMs;
    this.#sentMs = sentMs;
    this.#receivedMs = receivedMs;
    if (receivedMs - Math.min(sentMs, beforeMs) > this.#timings.voidMs) this.#startAnew();
    const present = new Set<string>();
    for (const beat of seen) {
      if (beat.key === this.#own) continue;
      present.add(beat.key);
      this.#see(beat, beforeMs, changes);
    }
    for (const [key, member] of this.#members) {
      if (member.state === 'alive' && this.#isLost(key, member)) {
        member.state = 'lost';
        const givenMs = Math.round(this.#limitMs(key, member));
        changes.push({ kind: 'lost', key, stillMs: Math.round(this.#stillMs(member)), givenMs });
      } else if (member.state !== 'alive' && !present.has(key)) this.#members.delete(key);
    }
    return changes;
  }

  /** Whether it may hold a member lost before long: its answers come, and have come undisturbed for a while. */
  isWatching(nowMs: number): boolean {
    const { voidMs, watchMs } = this.#timings;
    return nowMs - this.#sentMs <= voidMs && this.#sentMs - this.#sinceMs >= watchMs;
  }

  /** When the board should be asked again at the latest, to find out as soon as can be; Infinity where nobody is late. */
  nextLookMs(): number {
    let nextMs = Infinity;
    for (const [key, member] of this.#members) {
      const { state, evidence, stillSinceMs, askedMs } = member;
      const isOnTime = evidence === undefined && this.#stillMs(member) < this.#timings.beatMs;
      if (state !== 'alive' || isOnTime) continue;
      nextMs = Math.min(nextMs, stillSinceMs + this.#limitMs(key, member));
      const suspectMs = stillSinceMs + this.#timings.suspectMs;
      if (askedMs < suspectMs) nextMs = Math.min(nextMs, Math.max(suspectMs, askedMs + this.#timings.askEveryMs));
    }
    return nextMs;
  }

  /** The members that have been still for long enough to be asked themselves, and were not asked lately. */
  suspects(nowMs: number): string[] {
    return [...this.#members]
      .filter(([, member]) => this.#stillMs(member) >= this.#timings.suspectMs && this.#mayAsk(member, nowMs))
      .map(([key]) => key);
  }

  /** The runs of this node that may be asked now whether they are there: somebody does not get an answer from it. */
  membersOf(nodeId: string, nowMs: number): string[] {
    return [...this.#members]
      .filter(([key, member]) => nodeIdOf(key) === nodeId && this.#mayAsk(member, nowMs))
      .map(([key]) => key);
  }

  asked(key: string, nowMs: number): void {
    const member = this.#members.get(key);
    if (member !== undefined) member.askedMs = nowMs;
  }

  /** What asking gave. It counts until the member's counter moves. */
  learned(key: string, evidence: Evidence): void {
    const member = this.#members.get(key);
    if (member !== undefined) member.evidence = evidence;
  }

  /** The others that rooms may go to. One that is late already is none. */
  candidates(): Candidate[] {
    const candidates: Candidate[] = [];
    for (const [key, member] of this.#members) {
      const { state, weight } = member;
      if (state === 'alive' && weight > 0 && this.#stillMs(member) < this.#timings.suspectMs) {
        candidates.push({ key, weight });
      }
    }
    return candidates;
  }

  /** Whether the owner of a room, perhaps one from long ago, is there. `unknown`: not observed for long enough. */
  presence(key: string): 'alive' | 'gone' | 'unknown' {
    const member = this.#members.get(key);
    if (key === this.#own || member?.state === 'alive') return 'alive';
    if (member !== undefined) return 'gone';
    return this.#sentMs - this.#sinceMs >= this.#timings.aloneMs ? 'gone' : 'unknown';
  }

  /** Whether all that is known of a node, in whichever of its runs, is gone. */
  isNodeGone(nodeId: string): boolean {
    const runs = [...this.#members].filter(([key]) => nodeIdOf(key) === nodeId);
    return runs.length > 0 && runs.every(([key]) => this.presence(key) === 'gone');
  }

  /** Whether a counter of this node, in whichever of its runs, moved after `sinceMs`. */
  isHeardSince(nodeId: string, sinceMs: number): boolean {
    for (const [key, { movedMs, state }] of this.#members) {
      if (nodeIdOf(key) === nodeId && state === 'alive' && movedMs > sinceMs) return true;
    }
    return false;
  }

  #see({ key, count, weight, ageMs, left }: SeenBeat, beforeMs: number, changes: Change[]): void {
    const nowMs = this.#receivedMs;
    const known = this.#members.get(key);
    if (known === undefined) {
      this.#members.set(key, {
        count,
        weight,
        movedMs: nowMs,
        stillSinceMs: nowMs,
        state: left ? 'left' : 'alive',
        evidence: undefined,
        askedMs: -Infinity,
        lateness: new Lateness(this.#timings.lateForMs),
      });
      changes.push({ kind: left ? 'left' : 'joined', key });
      return;
    }
    known.weight = weight;
    if (left && known.state !== 'left') {
      known.state = 'left';
      changes.push({ kind: 'left', key });
    }
    if (count <= known.count || left) return;
    // It moved since the answer before this one. The board says when, and is believed within these bounds, so that all
    // who watch it begin to count at the same moment.
    if (known.state === 'alive') this.#noteLateness(known, count, ageMs);
    known.count = count;
    known.movedMs = nowMs - Math.max(0, Math.min(ageMs, nowMs - Math.max(beforeMs, this.#sinceMs)));
    known.stillSinceMs = known.movedMs;
    if (known.movedMs > known.askedMs) known.evidence = undefined; // it moved after it was asked
    if (known.state !== 'lost') return;
    known.state = 'alive';
    changes.push({ kind: 'back', key });
  }

  /** Counts only for how long it provably stood still: answers may lie about while this node is not scheduled. */
  #noteLateness({ count, stillSinceMs, lateness }: Watched, nextCount: number, ageMs: number): void {
    const stillUntilMs = Math.max(this.#sentBeforeMs, this.#sentMs - Math.max(0, ageMs));
    lateness.add(this.#receivedMs, stillUntilMs - stillSinceMs - (nextCount - count) * longest(this.#timings.beatMs));
  }

  #startAnew(): void {
    this.#sinceMs = this.#receivedMs;
    for (const member of this.#members.values()) {
      member.stillSinceMs = this.#receivedMs;
      member.evidence = undefined;
    }
  }

  /** For how long it provably stood still. */
  #stillMs({ stillSinceMs }: Watched): number {
    return this.#sentMs - stillSinceMs;
  }

  #isLost(key: string, member: Watched): boolean {
    return this.#stillMs(member) >= this.#limitMs(key, member);
  }

  #limitMs(key: string, { evidence, lateness }: Watched): number {
    const { beatMs, lostMs, mostLostMs, lateFactor, aloneMs, refusedMs } = this.#timings;
    if (evidence === 'refused') return refusedMs;
    const lateMs = Math.min(mostLostMs, beatMs + lateFactor * lateness.habitMs(this.#receivedMs));
    return Math.max(lateMs, evidence === 'silent' || this.#othersMove(key) ? lostMs : aloneMs);
  }

  /** Whether somebody moves besides this node and `but`, or nobody else is there who could. */
  #othersMove(but: string): boolean {
    let others = 0;
    for (const [key, { state, movedMs }] of this.#members) {
      if (key === but || state !== 'alive') continue;
      if (this.#receivedMs - movedMs <= this.#timings.voidMs) return true;
      others++;
    }
    return others === 0;
  }

  #mayAsk({ state, askedMs, evidence }: Watched, nowMs: number): boolean {
    return state === 'alive' && evidence === undefined && nowMs - askedMs >= this.#timings.askEveryMs;
  }
}
