import { WireError } from '../wire/wire-error.ts';

/**
 * Predicts the next value of one number from those before it. All of it is int32 arithmetic that wraps, so that every
 * engine computes the same. Values are counted in 1/256 of the number's quantum ("fine").
 *
 * The prediction is a fit: a g-h-k filter, which sees velocity and acceleration through the noise of rounding. Its gains
 * are those of a least-squares parabola through the last n values (Brookner, "Tracking and Kalman Filtering Made Easy",
 * 1998, chapter 1). n, its memory, grows up to {@link MOST_MEMORY}; it shrinks when the fit errs to one side twice, or by
 * much. What cannot be a motion (a teleport) leaves the motion as it was.
 *
 * A number that changed by the same for {@link STEADY_TICKS} is steady: nothing is computed for it until it does not.
 *
 * A number is {@link TRACK_WORDS} words of an Int32Array, from `base` on. What is done with every number and tick is in
 * number-coder.ts; here is the rest.
 */
export const TRACK_WORDS = 6;

/** Steps of a quantum. */
export const FINE = 256;
export const FINE_BITS = 8;
/** Words of a number. */
export const Track = {
  /** What the last change was, fine. */
  CHANGE: 0,
  /** How far off the prediction was lately, fine. */
  NOISE: 1,
  /** Memory of the fit, 1 to 12; in bits 4 to 8 ticks in a row with the same change; bit 9 is set by a jump. */
  PHASE: 2,
  /** The fit. Its place is relative to the last value. */
  PLACE: 3,
  SPEED: 4,
  BEND: 5,
} as const;
const { CHANGE, NOISE, PHASE, PLACE, SPEED, BEND } = Track;

export const MEMORY_MASK = 15;
const STEADY_SHIFT = 4;
export const STEADY_ONE = 1 << STEADY_SHIFT;
export const STEADY_MASK = 31 << STEADY_SHIFT;
const JUMPED = 1 << 9;

export const STEADY_TICKS = 16;
export const STEADY_BITS = STEADY_TICKS << STEADY_SHIFT;
/** The phase of a number that is steady: settled, with the least memory. */
export const STEADY_PHASE = STEADY_BITS | 1;
const STEADY_AT_FIRST = STEADY_TICKS - 4;

/** Values that a fit goes through at most: through more of them it follows too slowly. */
const MOST_MEMORY = 12;
export const GAIN_BITS = 12;
/** By memory, four words each: the gains of place, speed and bend, and the memory of the next tick. */
export const FIT_BITS = 2;
export const FIT = new Int32Array(16 << FIT_BITS);
for (let n = 1; n <= MOST_MEMORY; n++) {
  const cube = (n + 1) * (n + 2) * (n + 3);
  const place = n === 1 ? 1 : (3 * (3 * n * n + 3 * n + 2)) / cube;
  // Two values tell no bend. A place is relative to the value that is now, so of the error that is left is told.
  const words = [
    gain(place) - (1 << GAIN_BITS),
    gain(n === 1 ? 1 : (18 * (2 * n + 1)) / cube),
    n === 1 ? 0 : gain(60 / cube),
  ];
  FIT.set([...words, Math.min(n + 1, MOST_MEMORY)], n << FIT_BITS);
}

function gain(value: number): number {
  return Math.round(value * (1 << GAIN_BITS));
}

/** A fit that errs by more forgets all but the last values. */
export const SURPRISE = 3 * FINE;
const MEMORY_AFTER_SURPRISE = 2;
/**
 * A fit lags behind when it errs to one side twice. What it left of the last error is in its place, with the other sign;
 * this is how large the product of the two may be.
 */
export const LAG = (FINE * FINE) / 8;
const SHRINK_BY = 3;
/** The memory after a tick, by the one before; from LAGGING on of a fit that lags. */
export const LAGGING = 16;
export const NEXT_MEMORY = new Int32Array(2 * LAGGING);
for (let n = 1; n <= MOST_MEMORY; n++) {
  NEXT_MEMORY[n] = n;
  NEXT_MEMORY[LAGGING + n] = n <= 2 ? n : Math.max(n - SHRINK_BY, 2);
}
/** What is off by more than this and eight times the speed is no motion. */
const JUMP = 64 * FINE;
/** Nor is what a gain would lift out of an int32. */
const LARGEST_ERROR = 1 << 18;
/** Changes of more quanta are not followed. */
export const MOST_QUANTA = 1 << 21;
export const TOO_LARGE = 0x7fffffff;
const LARGEST_NOISE = 1 << 30;

/**
 * Begins a number of which nothing is known: however large its first change is, it is a motion; and if it does not
 * change for a few ticks, it rests.
 */
export function beginTrack(words: Int32Array, base: number): void {
  fitAgain(words, base, 0, JUMPED | (STEADY_AT_FIRST << STEADY_SHIFT));
  words[base + CHANGE] = 0;
  words[base + NOISE] = FINE;
}

/** Makes a number steady, at rest. */
export function restTrack(words: Int32Array, base: number): void {
  settle(words, base, 0);
}

/** @throws {WireError} `bad-state` for words that no number has */
export function checkTrack(words: Int32Array, base: number): void {
  const phase = words[base + PHASE]!;
  const memory = phase & MEMORY_MASK;
  const steady = (phase & STEADY_MASK) >> STEADY_SHIFT;
  if (memory < 1 || memory > MOST_MEMORY || steady > STEADY_TICKS || phase >>> 10 !== 0) {
    throw new WireError('bad-state', 0, `a number in phase ${phase}`);
  }
}

export function isSteady(words: Int32Array, base: number): boolean {
  return words[base + PHASE] === STEADY_PHASE;
}

/** By how much a steady number changes, in quanta. */
export function steadyStep(words: Int32Array, base: number): number {
  return words[base + CHANGE]! >> FINE_BITS;
}

/** Whether the number is steady and does not change. */
export function isAtRest(words: Int32Array, base: number): boolean {
  return words[base + PHASE] === STEADY_PHASE && words[base + CHANGE] === 0;
}

/**
 * Learns from a change that surprises, or of a number that is steady, was, or comes to be.
 * @param change fine; {@link TOO_LARGE} for more than {@link MOST_QUANTA}
 * @param error by how much it was mispredicted, fine
 * @param steady for how many ticks the number has changed by the same, in the bits of PHASE
 */
export function learnOddChange(words: Int32Array, base: number, change: number, error: number, steady: number): void {
  const phase = words[base + PHASE]!;
  if (steady >= STEADY_BITS) {
    if (steady === STEADY_BITS) settle(words, base, change);
    return;
  }
  if (change === TOO_LARGE || (phase === STEADY_PHASE && words[base + CHANGE] === 0)) {
    startle(words, base, change);
    return;
  }
  words[base + CHANGE] = change;
  const size = Math.abs(error);
  const noise = words[base + NOISE]!;
  words[base + NOISE] = (noise + ((size - noise) >> 2)) | 0;
  const speed = words[base + SPEED]!;
  if (size >= LARGEST_ERROR || size - JUMP > 8 * Math.abs(speed)) {
    fitAgain(words, base, (phase & JUMPED) === 0 ? speed : change, JUMPED);
    return;
  }
  const memory = phase & MEMORY_MASK;
  const gains = (memory > MEMORY_AFTER_SURPRISE ? MEMORY_AFTER_SURPRISE : memory) << FIT_BITS;
  const bend = words[base + BEND]!;
  words[base + PLACE] = Math.imul(error, FIT[gains]!) >> GAIN_BITS;
  words[base + SPEED] = (speed + bend + (Math.imul(error, FIT[gains + 1]!) >> GAIN_BITS)) | 0;
  words[base + BEND] = (bend + (Math.imul(error, FIT[gains + 2]!) >> GAIN_BITS)) | 0;
  words[base + PHASE] = steady | FIT[gains + 3]!;
}

/** Takes note of a change without learning from it: of a number that is derived from others. */
export function followChange(words: Int32Array, base: number, change: number): void {
  const steady = (words[base + PHASE]! & STEADY_MASK) >> STEADY_SHIFT;
  const next = change !== words[base + CHANGE] ? 0 : steady < STEADY_TICKS ? steady + 1 : steady;
  words[base + PHASE] = (next << STEADY_SHIFT) | 1;
  words[base + CHANGE] = change;
}

/** Begins a number that was followed only, and goes on as it last did. */
export function beginMoving(words: Int32Array, base: number): void {
  fitAgain(words, base, words[base + CHANGE]!, 0);
  words[base + NOISE] = FINE;
}

/** Something at rest moved, which is no motion yet; or something moved farther than can be. */
function startle(words: Int32Array, base: number, change: number): void {
  fitAgain(words, base, 0, JUMPED);
  words[base + CHANGE] = 0;
  words[base + NOISE] = change === TOO_LARGE ? LARGEST_NOISE : Math.abs(change);
}

/** Forgets how the number came to be steady: all that are steady at one speed are alike. */
function settle(words: Int32Array, base: number, change: number): void {
  fitAgain(words, base, change, STEADY_BITS);
  words[base + CHANGE] = change;
  words[base + NOISE] = 0;
}

function fitAgain(words: Int32Array, base: number, speed: number, phase: number): void {
  words[base + PLACE] = 0;
  words[base + SPEED] = speed;
  words[base + BEND] = 0;
  words[base + PHASE] = phase | 1;
}
