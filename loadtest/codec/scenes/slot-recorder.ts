import { TraceRecorder } from '../trace-recorder.ts';
import type { Trace, TraceField } from '../trace.ts';

/**
 * Records entities that come and go and are known by an id. Each keeps one slot of the trace for its life; a slot is
 * empty for at least one frame before another moves in, so that one life never looks like a jump of another.
 */
export class SlotRecorder {
  readonly #frames: Map<number, readonly number[]>[] = [];
  readonly #slots = new Map<string, number>();
  /** Slots that were empty in the last frame. */
  readonly #free: number[] = [];
  #slotCount = 0;

  /** Records the next frame. */
  put(bodies: ReadonlyMap<string, readonly number[]>): void {
    const gone = [...this.#slots].filter(([id]) => !bodies.has(id));
    const frame = new Map<number, readonly number[]>();
    for (const [id, values] of bodies) {
      let slot = this.#slots.get(id);
      if (slot === undefined) this.#slots.set(id, (slot = this.#free.shift() ?? this.#slotCount++));
      frame.set(slot, values);
    }
    this.#frames.push(frame);
    for (const [id, slot] of gone) {
      this.#slots.delete(id);
      this.#free.push(slot);
    }
  }

  trace(name: string, hz: number, fields: readonly TraceField[]): Trace {
    const recorder = new TraceRecorder(name, hz, this.#frames.length, Math.max(this.#slotCount, 1), fields);
    this.#frames.forEach((bodies, frame) => {
      for (const [slot, values] of bodies) recorder.put(frame, slot, values);
    });
    return recorder.trace();
  }
}
