import type { Table } from './bodies.ts';

/**
 * The bodies of a table side by side, to be walked by index, again and again, in one tick.
 * Bodies that are removed meanwhile are still in it: look the id up in the table before removing it a second time.
 */
export class Roster<T> {
  readonly ids: string[] = [];
  readonly bodies: T[] = [];
  #count = 0;

  get length(): number {
    return this.ids.length;
  }

  /** Hot: a few times a tick. The arrays, their places and the closure are kept, nothing is allocated. */
  fill(table: Table<T>): void {
    this.#count = 0;
    table.forEach(this.#add);
    if (this.#count === this.ids.length) return;
    this.ids.length = this.#count;
    this.bodies.length = this.#count;
  }

  #add = (body: T, id: string): void => {
    this.ids[this.#count] = id;
    this.bodies[this.#count] = body;
    this.#count++;
  };
}
