/** Inputs that may wait as a cushion against jitter before the pacer hurries (100 ms). */
export const CUSHION_INPUTS = 6;
/** Ticks without an input until a ship is flown with an idle one (250 ms); until then it waits where it is. */
export const STARVE_TICKS = 15;
/** Steps beyond the one of each tick, at most, in one tick. */
const MAX_EXTRA_STEPS = 3;
/** How long the pacer watches the cushion before it calls a part of it unneeded (250 ms), */
const WINDOW_TICKS = 15;
/** and how long (1 s) on an unsteady line, which needs its cushion: */
const UNSTEADY_WINDOW_TICKS = 60;
/** one that found nothing twice within 1.5 s, */
const SOON_TICKS = 90;
/** until it has found something for 4 s. */
const UNSTEADY_TICKS = 240;
/** Each tick owes a pilot 1/64 of a step: a client's clock may be 1.5 % fast and loses nothing. */
const DRIFT_PARTS = 64;

/**
 * How many of a pilot's waiting inputs to simulate in a tick, each with exactly one ship step: the client predicts one
 * step an input, and agrees with the server to the last bit only if the server does the same.
 *
 * - 0 waiting: nothing. The ship stands still for that tick, and the pilot is owed a step. After {@link STARVE_TICKS}
 *   the ship coasts with idle input instead (the pilot is gone, or his line is), and nothing more is owed.
 * - 1 waiting: one step.
 * - more: one step. What is left over is a cushion against the jitter of the line; it grew by itself, by one with each
 *   tick that found nothing. What has been left over after every tick of a while was not needed and would only be
 *   delay: it is caught up with extra steps. That while is a quarter of a second behind a tick that found nothing, so a
 *   line that stalls once is without delay soon; on one that stalls again and again it is a second. And a client's fast
 *   clock does not build up delay either.
 * - more than the cushion: after a stall, caught up at once, three extra steps a tick.
 *
 * Ticks that the server itself gave up after a stall are owed too ({@link lose}): the pilots' time went on.
 *
 * Extra steps are paid from what is owed and from nothing else, so nobody flies faster than time passes: inputs that
 * are not covered, beyond the cushion, are dropped unseen (ten times the inputs fly no faster). A pilot who holds his
 * inputs back to move in a jump gains at most STARVE_TICKS steps.
 */
export class InputPacer {
  /** Inputs to throw away, the oldest first, before any is simulated. */
  drop = 0;
  /** Inputs to simulate after that. */
  steps = 0;
  /** Simulate one step with idle input: the pilot is not there. */
  coasts = false;

  /** In 1/64 of a step. */
  #owedParts = 0;
  #starvedTicks = 0;
  /** Since it found nothing last. */
  #fedTicks = UNSTEADY_TICKS;
  #isUnsteady = false;
  #windowTicks = 0;
  /** Fewest inputs left over after a tick of this window. */
  #fewestLeft = Infinity;
  /** Extra steps that would shorten the cushion to what was needed. */
  #surplus = 0;

  /** Decides one tick; read `drop`, `steps` and `coasts` then. Hot: once a tick and pilot. */
  pace(waiting: number): void {
    this.drop = 0;
    this.steps = 0;
    this.coasts = false;
    if (waiting === 0) {
      this.#starve();
      return;
    }
    this.#feed(waiting);
    this.#watch(waiting - this.drop - this.steps);
  }

  /** The server made no step for so many ticks, in which the pilot did. */
  lose(ticks: number): void {
    this.#owe(Math.min(ticks, STARVE_TICKS) * DRIFT_PARTS);
    // What came meanwhile is no cushion, and need not be watched before it is caught up with.
    this.#surplus = Math.min(this.#surplus + ticks, STARVE_TICKS);
  }

  #starve(): void {
    if (this.#starvedTicks === 0 && this.#fedTicks < SOON_TICKS) this.#isUnsteady = true;
    this.#fedTicks = 0;
    this.#starvedTicks += 1;
    this.coasts = this.#starvedTicks > STARVE_TICKS;
    if (!this.coasts) this.#owe(DRIFT_PARTS);
    this.#beginWindow();
  }

  #feed(waiting: number): void {
    this.#starvedTicks = 0;
    this.#fedTicks += 1;
    if (this.#fedTicks >= UNSTEADY_TICKS) this.#isUnsteady = false;
    this.#owe(1);
    const owed = Math.floor(this.#owedParts / DRIFT_PARTS);
    const beyond = Math.max(waiting - 1 - CUSHION_INPUTS, 0);
    const covered = Math.min(beyond, owed);
    this.drop = beyond - covered;

    let extra = Math.min(covered, MAX_EXTRA_STEPS);
    if (extra === 0 && this.#surplus > 0 && owed > 0 && waiting > 1) {
      extra = 1;
      this.#surplus -= 1;
    }
    this.#owedParts -= extra * DRIFT_PARTS;
    this.steps = 1 + extra;
  }

  #owe(parts: number): void {
    this.#owedParts = Math.min(this.#owedParts + parts, STARVE_TICKS * DRIFT_PARTS);
  }

  #watch(left: number): void {
    this.#fewestLeft = Math.min(this.#fewestLeft, left);
    this.#windowTicks += 1;
    if (this.#windowTicks < (this.#isUnsteady ? UNSTEADY_WINDOW_TICKS : WINDOW_TICKS)) return;
    this.#surplus = this.#fewestLeft;
    this.#beginWindow();
  }

  #beginWindow(): void {
    this.#fewestLeft = Infinity;
    this.#windowTicks = 0;
  }
}
