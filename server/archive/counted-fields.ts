import { CountPool } from '../../shared/live/count-pool.ts';
import type { LiveScalar } from '../../shared/live/live-field.ts';
import type { LiveLayout } from '../../shared/live/live-layout.ts';
import { type Watched, watchedOf } from '../../shared/live/watched.ts';

/** The live fields of a class, of which assignments keep counts while an instance is sent. */
export interface CountedFields {
  readonly fields: readonly LiveScalar[];
  /** By field of the class: its place among the counts; -1 for one that has none. */
  readonly places: Int8Array;
  /** Fields of the class that have none. */
  readonly others: readonly number[];
}

/** @returns undefined where there is nothing to count: without live fields, and for a rotation */
export function countedFields({ fields }: LiveLayout, fieldCount: number): CountedFields | undefined {
  const counted = fields.filter((field) => field.kind !== 'quaternion');
  if (counted.length === 0 || counted.length < fields.length) return undefined;
  const places = new Int8Array(fieldCount).fill(-1);
  counted.forEach(({ index }, place) => (places[index] = place));
  return { fields: counted, places, others: [...places.keys()].filter((i) => places[i]! < 0) };
}

/**
 * The counts that were told last of the instances of one class. To compare them with those that assignments keep takes a
 * fraction of what comparing the values takes, which lie all over the memory.
 */
export class ToldCounts {
  readonly counted: CountedFields;
  readonly #pool: CountPool;

  constructor(counted: CountedFields) {
    this.counted = counted;
    this.#pool = new CountPool(counted.fields.length);
  }

  /** What was told is in here from a base on; another array after a {@link begin}. */
  get counts(): Int32Array {
    return this.#pool.counts;
  }

  /**
   * For an instance whose values were just told.
   * @returns where its counts begin; undefined where they do not say all that it holds, and values are to be compared
   */
  begin(instance: object, values: readonly unknown[]): { watched: Watched; base: number } | undefined {
    const watched = watchedOf(instance);
    if (watched === undefined || watched.values !== values) return undefined;
    const { fields } = this.counted;
    const { pool, base: from } = watched;
    for (let i = 0; i < fields.length; i++) {
      const field = fields[i]!;
      if (!Object.is(values[field.index], field.fromQuanta(pool.counts[from + i]!))) return undefined;
    }
    watched.isWhole = true;
    const base = this.#pool.take();
    for (let i = 0; i < fields.length; i++) this.counts[base + i] = pool.counts[from + i]!;
    return { watched, base };
  }

  /** Of an instance that goes, or whose values are compared again. */
  end(base: number): void {
    this.#pool.give(base);
  }
}
