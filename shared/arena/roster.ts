import type { Table } from './bodies.ts';

/**
 * The bodies of a table side by side, to be walked by index, again and again, in one tick.
 * Bodies that are removed meanwhile are still in it: look the id up in the table before removing it a second time.
 */
export class Roster<T> {
  readonly ids: string[] = [];
  readonly bodies: T[] = [];

  get length(): number {
    return this.ids.length;
  }

  /** Hot: a few times a tick. The arrays and the closure are kept, nothing is allocated. */
  fill(table: Table<T>): void {
    this.ids.length = 0;
    this.bodies.length = 0;
    table.forEach(this.#add);
  }

  #add = (body: T, id: string): void => {
    this.ids.push(id);
    this.bodies.push(body);
  };
}
