/**
 * A seeded generator, the arena's only source of chance: the same seed and inputs make the same game.
 * mulberry32 (T. Ettinger, public domain): 32 bits of state, which is all there is to keep of it.
 */
export class Random {
  /** Unsigned 32 bits. Written back after a move to another machine, the sequence carries on. */
  state: number;

  constructor(seed: number) {
    this.state = seed >>> 0;
  }

  /** 0..2^32-1 */
  next(): number {
    this.state = (this.state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(this.state ^ (this.state >>> 15), this.state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return (mixed ^ (mixed >>> 14)) >>> 0;
  }

  /** An integer, 0..count-1. */
  below(count: number): number {
    return Math.floor((this.next() / 4_294_967_296) * count);
  }

  /** An integer, first..last. */
  between(first: number, last: number): number {
    return first + this.below(last - first + 1);
  }
}
