import { FakeWs } from './fake-ws.ts';

/**
 * A WebSocket whose peer takes what a test says, and no more. As in Node, what waits counts until the write that it is
 * part of is through: the one under way, and behind it all the others as one.
 */
export class SlowWs extends FakeWs {
  #underWay = 0;
  #takenOfIt = 0;
  #behind = 0;
  /** The most that waited. */
  peak = 0;

  override send(data: Uint8Array, options?: unknown, callback?: (error?: Error) => void): void {
    super.send(data, options, callback);
    if (this.#underWay === 0) this.#underWay = data.length;
    else this.#behind += data.length;
    this.#count();
  }

  /** The peer takes this much of what waits. */
  drain(bytes: number): void {
    this.#takenOfIt += bytes;
    while (this.#underWay > 0 && this.#takenOfIt >= this.#underWay) {
      this.#takenOfIt -= this.#underWay;
      this.#underWay = this.#behind;
      this.#behind = 0;
    }
    if (this.#underWay === 0) this.#takenOfIt = 0;
    this.#count();
  }

  #count(): void {
    this.bufferedAmount = this.#underWay + this.#behind;
    this.peak = Math.max(this.peak, this.bufferedAmount);
  }
}
