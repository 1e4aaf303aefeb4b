import { IntegerModels, Model, type SlowCode, someModels } from './slow-code.ts';
import {
  slowBeginMoving,
  slowFollow,
  slowIsSteady,
  slowLearn,
  slowPredict,
  TOO_LARGE,
  type SlowTrack,
} from './slow-predictor.ts';

/** D8. */
export class ResidualModels {
  readonly zero = Array.from({ length: 10 }, () => someModels(4));
  readonly sign = Array.from({ length: 10 }, () => someModels(4));
  readonly step = Array.from({ length: 10 }, () => someModels(16));
  readonly all = [this.zero, this.sign, this.step].flat(2);

  read(code: SlowCode, fraction: number, { noise, ...track }: SlowTrack): number {
    const scale = Math.max(BigInt.asUintN(32, noise).toString(2).length - 3, 0);
    const level = slowIsSteady({ noise, ...track }) ? 9 : scale;
    const side = (31 * Math.abs(fraction)) >> 10;
    const residual = scale > 8 ? this.#far(code, scale - 3) : this.#near(code, level, side);
    return fraction < 0 ? -residual : residual;
  }

  #near(code: SlowCode, level: number, side: number): number {
    if (code.decide(this.zero[level]![side]!) === 0) return 0;
    const isNegative = code.decide(this.sign[level]![side]!) === 1;
    let steps = 0;
    while (steps < 20 && code.decide(this.step[level]![Math.min(steps, 15)]!) === 1) steps++;
    if (steps === 20) steps += code.raw(code.raw(5));
    return isNegative ? -(steps + 1) : steps + 1;
  }

  #far(code: SlowCode, bits: number): number {
    const known = code.raw(bits);
    if (known > 0) return known - 2 ** (bits - 1);
    const isNegative = code.raw(1) === 1;
    const far = code.raw(code.raw(5));
    return isNegative ? -far : far;
  }
}

/**
 * D9.3: the change of a number, in whole steps from `offset`, of which it learns.
 * @param offset in 1/256
 */
export function slowChange(
  code: SlowCode,
  models: ResidualModels,
  track: SlowTrack,
  offset: number,
  least: number,
  most: number,
): number {
  let p = BigInt.asIntN(32, BigInt(offset) + slowPredict(track));
  let s = Number(BigInt.asIntN(32, p + 128n) >> 8n);
  if (s < least || s > most) {
    s = s < least ? least : most;
    p = 256n * BigInt(s);
  }
  const d = s + models.read(code, Number(BigInt.asIntN(32, p - 256n * BigInt(s))), track);
  slowLearn(track, Math.abs(d) > 2 ** 21 ? TOO_LARGE : BigInt(256 * d - offset), p - BigInt(offset));
  return d;
}

export interface SlowEntity {
  refId: number;
  values: number[];
  /** How often in a row all that was steady went on. */
  calm: number;
  numbers: SlowTrack[];
}

/** A live class: what is remembered of its entities, and D4's models of its own. */
export abstract class SlowClass {
  awake: SlowEntity[] = [];
  asleep: SlowEntity[] = [];
  lastEntered: number[];
  /** One for each number. */
  readonly zero: readonly number[];
  readonly calm = someModels(8);
  readonly leavesAsleep = new Model();
  readonly otherDerived = new Model();
  readonly otherSign = new Model();
  readonly leavesAt = new IntegerModels();
  readonly wakesAt = new IntegerModels();
  readonly entering: IntegerModels[];
  readonly residuals: ResidualModels[];

  constructor(values: number, numbers: number) {
    this.lastEntered = new Array<number>(values).fill(0);
    this.zero = new Array<number>(numbers).fill(0);
    this.entering = this.lastEntered.map(() => new IntegerModels());
    this.residuals = this.zero.map(() => new ResidualModels());
  }

  get all(): Model[] {
    const alone = [...this.calm, this.leavesAsleep, this.otherDerived, this.otherSign];
    const many = [this.leavesAt, this.wakesAt, ...this.entering, ...this.residuals];
    return [...alone, ...many.flatMap(({ all }) => all)];
  }

  abstract readEntering(code: SlowCode): number[];
  /** @returns whether it falls asleep */
  abstract tick(code: SlowCode, entity: SlowEntity): boolean;

  protected goesOn(code: SlowCode, entity: SlowEntity): boolean {
    const goesOn = code.decide(this.calm[entity.calm]!) === 0;
    entity.calm = goesOn ? Math.min(entity.calm + 1, 7) : 0;
    return goesOn;
  }
}

export interface SlowField {
  min: number;
  max: number;
  circle: number;
}

const rests = (track: SlowTrack): boolean => slowIsSteady(track) && track.change === 0n;

/** D9. */
export class SlowScalars extends SlowClass {
  readonly #fields: readonly SlowField[];

  constructor(fields: readonly SlowField[]) {
    super(fields.length, fields.length);
    this.#fields = fields;
  }

  readEntering(code: SlowCode): number[] {
    return this.lastEntered.map((last, i) => last + this.entering[i]!.signed(code));
  }

  tick(code: SlowCode, entity: SlowEntity): boolean {
    const before = [...entity.values];
    const goOn = entity.numbers.some(slowIsSteady) && this.goesOn(code, entity);
    for (const [i, field] of this.#fields.entries()) {
      const track = entity.numbers[i]!;
      entity.values[i] =
        slowIsSteady(track) && goOn
          ? goOnSteadily(track, entity.values[i]!, field)
          : this.#readValue(code, track, entity.values[i]!, field, this.residuals[i]!);
    }
    return entity.values.every((value, i) => value === before[i]) && entity.numbers.every(rests);
  }

  #readValue(
    code: SlowCode,
    track: SlowTrack,
    last: number,
    { min, max, circle }: SlowField,
    models: ResidualModels,
  ): number {
    if (circle === 0) return last + slowChange(code, models, track, 0, min - last, max - last);
    return (last + slowChange(code, models, track, 0, -circle, circle) + circle) % circle;
  }
}

function goOnSteadily(track: SlowTrack, last: number, { min, max, circle }: SlowField): number {
  const step = Number(track.change >> 8n);
  if (circle > 0) return (last + step + circle) % circle;
  const next = Math.min(Math.max(last + step, min), max);
  if (next !== last + step) slowLearn(track, BigInt(256 * (next - last)), 0n);
  return next;
}

/** D11. */
export class SlowQuaternions extends SlowClass {
  readonly #squares: bigint;

  constructor(precision: number) {
    super(5, 4);
    const radius = 1 / precision;
    this.#squares = BigInt(Math.round(radius * radius));
  }

  readEntering(code: SlowCode): number[] {
    const derived = code.raw(2);
    const sign = code.raw(1) === 1 ? -1 : 1;
    const values = this.lastEntered.map((last, i) =>
      i === derived || i === 4 ? 0 : 256 * ((last >> 8) + this.entering[i]!.signed(code)),
    );
    values[4] = derived;
    values[derived] = sign * this.#root(values, derived);
    return values;
  }

  tick(code: SlowCode, entity: SlowEntity): boolean {
    const { values, numbers } = entity;
    if (numbers.every(rests) && this.goesOn(code, entity)) return true;
    const before = [...values];
    if (code.decide(this.otherDerived) === 1) {
      const was = values[4]!;
      values[4] = code.raw(2);
      slowBeginMoving(numbers[was]!);
    }
    const derived = values[4]!;
    const turned = code.decide(this.otherSign) === 1;
    const isNegative = before[derived]! < 0 !== turned;
    for (let c = 0; c < 4; c++) {
      if (c === derived) continue;
      const whole = before[c]! >> 8;
      const offset = before[c]! - 256 * whole;
      const d = slowChange(code, this.residuals[c]!, numbers[c]!, offset, -(2 ** 22), 2 ** 22);
      values[c] = 256 * (whole + d);
    }
    values[derived] = (isNegative ? -1 : 1) * this.#root(values, derived);
    slowFollow(numbers[derived]!, BigInt(values[derived]! - before[derived]!));
    return values.slice(0, 4).every((value, c) => value === before[c]) && numbers.every(rests);
  }

  /** floor(sqrt(65,536 * (l - squares))), digit by digit. */
  #root(values: readonly number[], derived: number): number {
    let left = this.#squares;
    for (let c = 0; c < 4; c++) if (c !== derived) left -= BigInt(values[c]! / 256) ** 2n;
    if (left < 0n) throw new Error('longer than 1');
    let root = 0n;
    for (let bit = 2n ** 40n; bit > 0n; bit /= 2n) if ((root + bit) ** 2n <= 65_536n * left) root += bit;
    return Number(root);
  }
}
