import type { LoopClock } from '../room/tick-loop.ts';
import { rendezvousOrder } from './rendezvous.ts';
import type { Candidate } from './rendezvous.ts';
import type { Claimed, RoomClaims } from './room-claims.ts';

export type ClaimEvent =
  | { kind: 'adopted'; roomId: string; epoch: number; attempts: number }
  /** The room is somebody's, or nowhere. */
  | { kind: 'passed'; roomId: string; why: 'lost' | 'gone' }
  /** It is nobody's again, and comes to the next candidate with the next sweep. */
  | { kind: 'adoption-failed'; roomId: string; epoch: number; error: unknown }
  /** It failed too often: nobody takes it any more. */
  | { kind: 'set-aside'; roomId: string; epoch: number }
  /** The store does not answer. The next sweep finds the room again. */
  | { kind: 'claim-failed'; roomId: string; error: unknown };

export interface RoomClaimerOptions<C extends Claimed> {
  own: string;
  claims: Omit<RoomClaims<C>, 'owners' | 'roomsOf'>;
  /**
   * Restores the room and starts it. What it throws is that room's fault alone.
   * @param term of the fence when the room was asked for, see Fence.guard
   * @param from who had it before
   */
  adopt(roomId: string, claim: C, term: number, from: string): Promise<void>;
  /** The nodes that take rooms, this one included if it does. */
  candidates(): readonly Candidate[];
  /** A node that has stopped by itself claims nothing. */
  isFenced(): boolean;
  term(): number;
  report(event: ClaimEvent): void;
  clock: LoopClock;
  /** 0 to 1. */
  random(): number;
  staggerMs: number;
  /** A room that runs for so long is sound. */
  soundMs: number;
  /** Claims and adoptions that are under way at once. Default 8. */
  atOnce?: number;
  /**
   * A room that was claimed more often than this without running for long is set aside. The last of so many times it is
   * tried alone, see {@link RoomClaimer}. Default 3.
   */
  maxAttempts?: number;
}

interface Task {
  roomId: string;
  from: string;
  dueMs: number;
}

/** Rooms that wait here at most; what is beyond that, the next sweep finds again. */
const MAX_TASKS = 10_000;
/** A node that failed to start a room leaves it to others for so long. */
const FAILED_HERE_MS = 10_000;
const MAX_FAILED_HERE = 1_000;
/** A room that is to be tried alone looks again so soon, while the one before it is being claimed and started. */
const TRIAL_AGAIN_MS = 100;

/**
 * Takes rooms whose owner is gone. The nodes do not talk to each other about it: each orders the candidates of a room
 * in the same way, the first claims it at once, the second a little later, and so on; whoever is dead or busy is
 * followed by the next. The store decides, by the epoch, if two claim it all the same.
 *
 * A room may be what ended its node, and with it go rooms that are innocent. So one that has only one attempt left is tried
 * while no other such room is on this node that has not yet run for {@link RoomClaimerOptions.soundMs}: if this node ends
 * now, that room alone had its last attempt. The others wait, or go to other nodes.
 */
export class RoomClaimer<C extends Claimed> {
  readonly #options: RoomClaimerOptions<C>;
  readonly #atOnce: number;
  readonly #maxAttempts: number;
  /** Those that wait, by when they are due. */
  #waiting: Task[] = [];
  /** All that wait or are under way. */
  readonly #known = new Map<string, Task>();
  readonly #running = new Set<Promise<void>>();
  readonly #failedHereUntilMs = new Map<string, number>();
  /** Until then a room is tried here. */
  #trialUntilMs = -Infinity;
  #timer: unknown;
  #stopped = false;

  constructor(options: RoomClaimerOptions<C>) {
    this.#options = options;
    this.#atOnce = options.atOnce ?? 8;
    this.#maxAttempts = options.maxAttempts ?? 3;
  }

  /** Whether the room waits for its claim, or is being claimed or adopted. */
  has(roomId: string): boolean {
    return this.#known.has(roomId);
  }

  /** Takes those of these rooms that come to this node, now or when others do not. */
  take(roomIds: readonly string[], from: string): void {
    const candidates = this.#options.candidates();
    const nowMs = this.#options.clock.now();
    for (const roomId of roomIds) {
      if (this.#stopped || this.#known.size >= MAX_TASKS) break;
      if (this.#known.has(roomId)) continue;
      const rank = this.#rank(roomId, candidates, nowMs);
      if (rank < 0) continue;
      const task = { roomId, from, dueMs: nowMs + this.#delayMs(rank) };
      this.#known.set(roomId, task);
      this.#waiting.push(task);
    }
    this.#waiting.sort((a, b) => a.dueMs - b.dueMs);
    this.#pump();
  }

  /** `owner` is there after all: what was not claimed yet is left to it. */
  leaveTo(owner: string): void {
    this.#waiting = this.#waiting.filter((task) => {
      if (task.from !== owner) return true;
      this.#known.delete(task.roomId);
      return false;
    });
  }

  /** Claims nothing more. Resolves when what was under way has ended. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#options.clock.clearTimeout(this.#timer);
    for (const { roomId } of this.#waiting.splice(0)) this.#known.delete(roomId);
    await Promise.all(this.#running);
  }

  /** @returns 0 for the first to take it; -1 when this node is none of them */
  #rank(roomId: string, candidates: readonly Candidate[], nowMs: number): number {
    const rank = rendezvousOrder(roomId, candidates).indexOf(this.#options.own);
    const failedUntilMs = this.#failedHereUntilMs.get(roomId) ?? -Infinity;
    return rank >= 0 && nowMs < failedUntilMs ? candidates.length : rank;
  }

  #delayMs(rank: number): number {
    return rank * this.#options.staggerMs * (0.75 + this.#options.random() / 2);
  }

  #pump(): void {
    const { clock } = this.#options;
    clock.clearTimeout(this.#timer);
    while (!this.#stopped && this.#running.size < this.#atOnce && this.#waiting.length > 0) {
      const waitMs = this.#waiting[0]!.dueMs - clock.now();
      if (waitMs > 0) {
        this.#timer = clock.setTimeout(() => this.#pump(), Math.ceil(waitMs));
        return;
      }
      const task = this.#waiting.shift()!;
      const run: Promise<void> = this.#run(task).then((isDone) => {
        this.#running.delete(run);
        if (isDone || this.#stopped) this.#known.delete(task.roomId);
        else this.#waitForTrial(task);
        this.#pump();
      });
      this.#running.add(run);
    }
  }

  /** Never rejects. @returns false when the room has to wait until another one was tried */
  async #run({ roomId, from }: Task): Promise<boolean> {
    const { claims, clock, isFenced, report, soundMs } = this.#options;
    if (isFenced()) return true;
    let isTrial = false;
    let isAdopted = false;
    try {
      const isSuspect = (await claims.attempts(roomId)) === this.#maxAttempts - 1;
      if (isSuspect && clock.now() < this.#trialUntilMs) return false;
      isTrial = isSuspect;
      if (isTrial) this.#trialUntilMs = Infinity;
      isAdopted = await this.#claim(roomId, from);
    } catch (error) {
      report({ kind: 'claim-failed', roomId, error });
    }
    if (isTrial) this.#trialUntilMs = isAdopted ? clock.now() + soundMs : -Infinity;
    return true;
  }

  #waitForTrial(task: Task): void {
    const { clock, random } = this.#options;
    // In any order: where there are so many that their attempts are forgotten first, each has its turn some time.
    const freeMs = Number.isFinite(this.#trialUntilMs) ? this.#trialUntilMs : clock.now() + TRIAL_AGAIN_MS;
    task.dueMs = freeMs + TRIAL_AGAIN_MS * random();
    this.#waiting.push(task);
    this.#waiting.sort((a, b) => a.dueMs - b.dueMs);
  }

  /** @returns whether the room runs here now */
  async #claim(roomId: string, from: string): Promise<boolean> {
    const { claims, isFenced, term, report } = this.#options;
    if (isFenced()) return false;
    const termBefore = term();
    const claim = await claims.claim(roomId, from);
    if (typeof claim === 'string') report({ kind: 'passed', roomId, why: claim });
    else if (claim.attempts > this.#maxAttempts) {
      await claims.setAside(roomId, claim);
      report({ kind: 'set-aside', roomId, epoch: claim.epoch });
    } else return await this.#adopt(roomId, claim, termBefore, from);
    return false;
  }

  async #adopt(roomId: string, claim: C, term: number, from: string): Promise<boolean> {
    const { adopt, claims, clock, report } = this.#options;
    const { epoch, attempts } = claim;
    try {
      await adopt(roomId, claim, term, from);
    } catch (error) {
      report({ kind: 'adoption-failed', roomId, epoch, error });
      this.#failedHere(roomId, clock.now());
      await claims.release(roomId, claim);
      return false;
    }
    this.#failedHereUntilMs.delete(roomId);
    report({ kind: 'adopted', roomId, epoch, attempts });
    return true;
  }

  #failedHere(roomId: string, nowMs: number): void {
    for (const [known, untilMs] of this.#failedHereUntilMs) {
      if (untilMs > nowMs && this.#failedHereUntilMs.size < MAX_FAILED_HERE) break; // in the order of their time
      this.#failedHereUntilMs.delete(known);
    }
    this.#failedHereUntilMs.delete(roomId);
    this.#failedHereUntilMs.set(roomId, nowMs + FAILED_HERE_MS);
  }
}
