/** D5: a decision's model. */
export class Model {
  chance = 32_768;
}

/** D5: a code, read. */
export class SlowCode {
  readonly #bytes: Uint8Array;
  #range = 2 ** 31 - 1;
  #code = 0;
  /** Bits that were taken in. */
  #bits = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#takeIn(31);
  }

  decide(model: Model, a = 5): number {
    const bound = Math.floor(this.#range / 2 ** 15) * Math.floor(model.chance / 2);
    const decision = this.#code < bound ? 0 : 1;
    if (decision === 1) this.#code -= bound;
    this.#range = decision === 0 ? bound : this.#range - bound;
    model.chance += ((decision === 0 ? 65_536 : 31) - model.chance) >> a;
    this.#renew();
    return decision;
  }

  raw(count: number): number {
    let value = 0;
    for (let left = count; left > 0;) {
      const k = Math.min(left, 16);
      left -= k;
      const share = Math.floor(this.#range / 2 ** k);
      const bits = Math.min(Math.floor(this.#code / share), 2 ** k - 1);
      this.#code -= share * bits;
      this.#range = share;
      this.#renew();
      value = value * 2 ** k + bits;
    }
    return value;
  }

  end(): void {
    const whole = (this.#bits - 31) / 8 + 1;
    const omitted = whole - this.#bytes.length;
    if (omitted < 0 || omitted > 65_536) throw new Error(`${omitted} bytes are left out`);
    if (this.#bytes.at(-1) === 0 && omitted < 65_536) throw new Error('a zero at the end');
  }

  #renew(): void {
    while (this.#range < 2 ** 23) {
      this.#range *= 256;
      this.#takeIn(8);
    }
  }

  #takeIn(bits: number): void {
    for (let i = 0; i < bits; i++, this.#bits++) {
      const byte = this.#bytes[Math.floor(this.#bits / 8)] ?? 0;
      this.#code = (this.#code * 2 + ((byte >> (7 - (this.#bits % 8))) & 1)) % 2 ** 31;
    }
  }
}

export const someModels = (count: number): Model[] => Array.from({ length: count }, () => new Model());

/** D6. */
export class IntegerModels {
  readonly all = someModels(32);

  unsigned(code: SlowCode): number {
    if (code.decide(this.all[0]!) === 0) return 0;
    let known = '1';
    for (let i = 0; i < 5; i++) known += code.decide(this.all[Number.parseInt(known, 2)]!);
    const below = Number.parseInt(known.slice(1), 2);
    return 2 ** below + code.raw(below);
  }

  signed(code: SlowCode): number {
    const n = this.unsigned(code);
    return n % 2 === 0 ? n / 2 : -(n + 1) / 2;
  }
}
