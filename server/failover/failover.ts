import type { LoopClock } from '../room/tick-loop.ts';
import { memberKey, nodeIdOf } from './beat-board.ts';
import type { BeatBoard, Member, SeenBeat } from './beat-board.ts';
import { Detector } from './detector.ts';
import type { Change } from './detector.ts';
import { Fence } from './fence.ts';
import type { ProbeAnswer } from './probe.ts';
import type { Candidate } from './rendezvous.ts';
import { RoomClaimer } from './room-claimer.ts';
import type { ClaimEvent } from './room-claimer.ts';
import { NOBODY } from './room-claims.ts';
import type { Claimed, RoomClaims } from './room-claims.ts';
import { FAILOVER_TIMINGS, jittered } from './timings.ts';
import type { FailoverTimings } from './timings.ts';

export type FailoverEvent =
  | Change
  | ClaimEvent
  /** This node has stopped by itself, or goes on. */
  | { kind: 'fenced' | 'unfenced' }
  /** The board, or the list of rooms, could not be read. It is tried again. */
  | { kind: 'beat-failed' | 'search-failed'; error: unknown };

export interface FailoverOptions<C extends Claimed> {
  own: Member;
  board: BeatBoard;
  claims: RoomClaims<C>;
  /** Restores a room that was claimed and starts it; see RoomClaimer. */
  adopt(roomId: string, claim: C, term: number, from: string): Promise<void>;
  /** Whether this node runs the room, or is making it: from before the store knows of it. */
  holds(roomId: string): boolean;
  /** How much this node can take: 1 to 100, a whole number; 0 while it drains. */
  weight(): number;
  /** Asks a node directly whether it is there; ends within a fraction of a second. */
  probe(key: string): Promise<ProbeAnswer>;
  report(event: FailoverEvent): void;
  /** A beat was answered that had been sent then. */
  heard?(sentMs: number): void;
  clock: LoopClock;
  /** 0 to 1. */
  random(): number;
  timings?: Partial<FailoverTimings>;
  atOnce?: number;
  maxAttempts?: number;
}

/** Beats that wait for their answer at most. */
const MAX_UNANSWERED = 8;
/** Between two beats at least. */
const LEAST_BEAT_MS = 20;
/** How soon after a loss all rooms are looked at again: what failed to start elsewhere is somebody's turn by then. */
const SWEEP_AFTER_LOSS_MS = 1_000;

/**
 * This node among the others: it says that it is alive, watches who else is, stops by itself when the others may hold
 * it lost, and takes its share of the rooms of those who are.
 */
export class Failover<C extends Claimed> {
  readonly key: string;
  readonly fence: Fence;
  readonly #options: FailoverOptions<C>;
  readonly #timings: FailoverTimings;
  readonly #detector: Detector;
  readonly #claimer: RoomClaimer<C>;
  /** Those whose rooms are to be looked up; the store may have to be asked several times. */
  readonly #owed = new Set<string>();
  readonly #lookingUp = new Set<string>();
  readonly #asking = new Set<string>();
  /** Rooms that are this node's and that it does not run, as of the last sweep. */
  #strays: ReadonlySet<string> = new Set();
  #answered = 0;
  #unanswered = 0;
  #sentMs = -Infinity;
  #nextBeatMs = 0;
  #nextSweepMs = 0;
  #beatTimer: unknown;
  #sweepTimer: unknown;
  #running = false;
  /** Whether the last beat failed: of several in a row the first is told. */
  #isFailing = false;

  constructor(options: FailoverOptions<C>) {
    this.#options = options;
    this.#timings = { ...FAILOVER_TIMINGS, ...options.timings };
    this.key = memberKey(options.own);
    const { claims, clock, report, atOnce, maxAttempts } = options;
    this.fence = new Fence(this.#timings.fenceMs, (isClosed) => report({ kind: isClosed ? 'fenced' : 'unfenced' }));
    this.#detector = new Detector(this.key, this.#timings);
    this.#claimer = new RoomClaimer<C>({
      own: this.key,
      claims,
      adopt: (roomId, claim, term, from) => options.adopt(roomId, claim, term, from),
      candidates: () => this.#candidates(),
      isFenced: () => this.fence.isFenced(clock.now()),
      term: () => this.fence.term,
      report,
      clock,
      random: () => options.random(),
      staggerMs: this.#timings.staggerMs,
      soundMs: this.#timings.soundMs,
      ...(atOnce === undefined ? {} : { atOnce }),
      ...(maxAttempts === undefined ? {} : { maxAttempts }),
    });
  }

  start(): void {
    if (this.#running) return;
    this.#running = true;
    this.#beat();
    // Whoever is there has been seen by then, and whoever is not has been missed for long enough.
    this.#sweepWithin(this.#timings.aloneMs + this.#timings.beatMs);
  }

  /** Ends it. The others know at once, and take what rooms this node still has in the store. */
  async stop(): Promise<void> {
    if (!this.#running) return;
    this.#running = false;
    this.#options.clock.clearTimeout(this.#beatTimer);
    this.#options.clock.clearTimeout(this.#sweepTimer);
    await this.#claimer.stop();
    await this.#options.board.leave(this.key, this.#answered + 1).catch(() => {}); // they find out all the same
  }

  /**
   * Somebody gets no answer from this node, or was refused: it is asked at once. Where its machine says that it is
   * gone, it counts as lost as soon as it missed a beat. Anybody may say so as often as they like.
   */
  suspect(nodeId: string): void {
    if (!this.#running) return;
    for (const key of this.#detector.membersOf(nodeId, this.#options.clock.now())) this.#ask(key);
  }

  /** Whether a room's owner is there, as far as this node knows. */
  presence(key: string): 'alive' | 'gone' | 'unknown' {
    return this.#detector.presence(key);
  }

  /** The same of a node, whatever its run. */
  isNodeGone(nodeId: string): boolean {
    return this.#detector.isNodeGone(nodeId);
  }

  /** Whether a beat of this node came after `sinceMs`, by this node's clock. */
  isHeardSince(nodeId: string, sinceMs: number): boolean {
    return this.#detector.isHeardSince(nodeId, sinceMs);
  }

  /** Whether this node may hold another one lost before long. */
  isWatching(): boolean {
    return this.#running && this.#detector.isWatching(this.#options.clock.now());
  }

  #candidates(): Candidate[] {
    const candidates = this.#detector.candidates();
    const weight = this.#options.weight();
    if (weight > 0) candidates.push({ key: this.key, weight });
    return candidates;
  }

  #beat(): void {
    const { board, clock, random, report, weight } = this.#options;
    const sentMs = clock.now();
    this.fence.isFenced(sentMs); // rooms hear of it although none of them has looked
    this.#nextBeatMs = sentMs + jittered(this.#timings.beatMs, random());
    this.#armBeat(Infinity);
    if (this.#unanswered >= MAX_UNANSWERED) return;
    this.#sentMs = sentMs;
    this.#unanswered++;
    const count = this.#answered + 1;
    board
      .beat({ key: this.key, count, weight: weight() })
      .finally(() => this.#unanswered--)
      .then((seen) => {
        this.#isFailing = false;
        this.#hear(sentMs, count, seen);
      })
      .catch((error: unknown) => {
        if (!this.#isFailing) report({ kind: 'beat-failed', error });
        this.#isFailing = true;
      });
  }

  #hear(sentMs: number, count: number, seen: readonly SeenBeat[]): void {
    if (!this.#running) return;
    const nowMs = this.#options.clock.now();
    this.#answered = Math.max(this.#answered, count);
    this.#options.heard?.(sentMs);
    this.fence.confirm(sentMs, nowMs);
    for (const change of this.#detector.observe(sentMs, nowMs, seen)) this.#handle(change);
    for (const key of this.#detector.suspects(nowMs)) this.#ask(key);
    for (const owner of this.#owed) this.#lookUp(owner);
    this.#armBeat(this.#detector.nextLookMs());
  }

  #handle(change: Change): void {
    const { kind, key } = change;
    this.#options.report(change);
    if (kind === 'joined') {
      // Its process was started again, perhaps before anybody missed it.
      for (const other of this.#detector.membersOf(nodeIdOf(key), this.#options.clock.now())) {
        if (other !== key) this.#ask(other);
      }
    } else if (kind === 'back') {
      this.#owed.delete(key);
      this.#claimer.leaveTo(key);
    } else {
      this.#owed.add(key);
      this.#sweepWithin(SWEEP_AFTER_LOSS_MS);
    }
  }

  #ask(key: string): void {
    if (this.#asking.has(key)) return;
    this.#asking.add(key);
    this.#detector.asked(key, this.#options.clock.now());
    void this.#options
      .probe(key)
      .catch(() => 'silent' as const)
      .then((answer) => {
        this.#asking.delete(key);
        if (answer === 'alive' || answer === 'unknown') return;
        this.#detector.learned(key, answer);
        this.#armBeat(this.#detector.nextLookMs());
      });
  }

  /** The next beat comes at its time, or at `lookMs` where that is sooner. */
  #armBeat(lookMs: number): void {
    if (!this.#running) return;
    const { clock } = this.#options;
    clock.clearTimeout(this.#beatTimer);
    const atMs = Math.min(this.#nextBeatMs, Math.max(lookMs, this.#sentMs + LEAST_BEAT_MS));
    this.#beatTimer = clock.setTimeout(() => this.#beat(), Math.max(0, Math.ceil(atMs - clock.now())));
  }

  #lookUp(owner: string): void {
    if (this.#lookingUp.has(owner)) return;
    this.#lookingUp.add(owner);
    void this.#takeRoomsOf(owner, () => this.#owed.delete(owner)).finally(() => this.#lookingUp.delete(owner));
  }

  /** Never rejects. @param isWanted asked when the rooms are known */
  async #takeRoomsOf(owner: string, isWanted: () => boolean): Promise<void> {
    try {
      const roomIds = await this.#options.claims.roomsOf(owner);
      if (this.#running && isWanted()) this.#claimer.take(roomIds, owner);
    } catch (error) {
      this.#options.report({ kind: 'search-failed', error });
    }
  }

  #sweepWithin(delayMs: number): void {
    const { clock, random } = this.#options;
    const atMs = clock.now() + jittered(delayMs, random());
    if (this.#nextSweepMs > clock.now() && this.#nextSweepMs <= atMs) return;
    this.#nextSweepMs = atMs;
    clock.clearTimeout(this.#sweepTimer);
    this.#sweepTimer = clock.setTimeout(() => void this.#sweep(), Math.ceil(atMs - clock.now()));
  }

  /** Finds rooms whose owner is not there, whenever and however that came about. Never rejects. */
  async #sweep(): Promise<void> {
    const { claims, clock, report } = this.#options;
    if (!this.fence.isFenced(clock.now())) {
      try {
        for (const owner of await claims.owners()) {
          const isGone = (): boolean => owner === NOBODY || this.presence(owner) === 'gone';
          if (owner === this.key) await this.#takeStrays();
          else if (isGone()) await this.#takeRoomsOf(owner, isGone);
        }
      } catch (error) {
        report({ kind: 'search-failed', error });
      }
    }
    if (this.#running) this.#sweepWithin(this.#timings.sweepMs);
  }

  /** A claim whose answer was lost, or one that this node had no time to give up, leaves a room here that nobody runs. */
  async #takeStrays(): Promise<void> {
    const { claims, holds } = this.#options;
    const roomIds = await claims.roomsOf(this.key);
    const strays = roomIds.filter((roomId) => !holds(roomId) && !this.#claimer.has(roomId));
    const before = this.#strays;
    this.#strays = new Set(strays);
    if (!this.#running) return;
    const certain = strays.filter((roomId) => before.has(roomId));
    if (this.#options.weight() > 0) this.#claimer.take(certain, this.key);
    else await this.#giveAway(certain);
  }

  /** A node that drains leaves rooms that it does not run to the others. */
  async #giveAway(roomIds: readonly string[]): Promise<void> {
    const { claims } = this.#options;
    for (const roomId of roomIds) {
      const claim = await claims.claim(roomId, this.key);
      if (typeof claim !== 'string') await claims.release(roomId, claim);
    }
  }
}
