import type { Schema } from '@colyseus/schema';

type Field = { name: string; type: unknown };
type Data = Record<string, unknown>;

/**
 * Holds down what a player would. In the arena: three seconds one way, three the other, thrust and fire on and off, so
 * that everything in the room moves. Of any other input: numbers go -1, 0, 1 and flags on and off.
 */
export class Course {
  readonly #fields: readonly Field[];
  readonly #isArena: boolean;
  readonly #holdsFire: boolean;

  constructor(data: Schema, { holdsFire }: { holdsFire: boolean }) {
    this.#holdsFire = holdsFire;
    const metadata = (data.constructor as unknown as Record<symbol, Record<string, Field>>)[Symbol.metadata];
    this.#fields = Object.keys(metadata ?? {})
      .filter((key) => /^\d+$/.test(key))
      .map((key) => metadata![key]!);
    const names = new Set(this.#fields.map(({ name }) => name));
    this.#isArena = ['turn', 'thrust', 'fire'].every((name) => names.has(name));
  }

  steer(data: Schema, tick: number): void {
    const phase = Math.floor(tick / 90) % 4;
    const input = data as unknown as Data;
    if (this.#isArena) {
      input['turn'] = phase < 2 ? 1 : -1;
      input['thrust'] = phase % 2 === 0;
      input['fire'] = phase === 1 && !this.#holdsFire;
      return;
    }
    for (const { name, type } of this.#fields) {
      if (type === 'boolean') input[name] = phase % 2 === 0;
      else if (typeof type === 'string' && type !== 'string') input[name] = (phase % 3) - (/^uint/.test(type) ? 0 : 1);
    }
  }
}
