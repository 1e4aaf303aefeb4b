/** Sequences are u16 and wrap. Two that are compared lie less than half the circle apart. */
const MASK = 0xffff;

/** "Nothing yet" as a last processed sequence: the one before 0. */
export const BEFORE_FIRST = MASK;

export const nextSequence = (sequence: number): number => (sequence + 1) & MASK;

/** How far `to` lies after `from`: 1 is the next one, negative lies before. -32,768 to 32,767. */
export const sequenceDistance = (from: number, to: number): number => ((to - from) << 16) >> 16;
