import { type SlowClass, type SlowEntity, type SlowField, SlowQuaternions, SlowScalars } from './slow-classes.ts';
import { IntegerModels, Model, SlowCode, someModels } from './slow-code.ts';
import { slowBegun, slowSettled, type SlowTrack } from './slow-predictor.ts';

/**
 * A second reader of live bodies, written from PROTOCOL.md D alone and without a line of shared/: what it has behind a
 * frame is what the rules say. Its parts are `slow-code.ts` (D5, D6), `slow-classes.ts` (D8, D9, D11) and
 * `slow-predictor.ts` (D10). It knows no errors; where bytes break a rule it throws or goes astray.
 */
export class SlowLiveReader {
  classes: SlowClass[] = [];
  #number = 0;
  #eventful = 0;
  #highest = 0;
  #stream = new StreamModels();
  #structure = new StructureModels();

  /** @returns Schema's structure */
  state(body: Uint8Array): Uint8Array {
    checkCrc(body, 0);
    const cursor = { bytes: body, offset: 1 };
    const length = varint(cursor);
    const structure = body.slice(cursor.offset, cursor.offset + length);
    cursor.offset += length;
    this.classes = readLayouts(cursor);
    this.#stream = new StreamModels();
    this.#structure = new StructureModels();
    const code = new SlowCode(body.slice(cursor.offset));
    this.#number = code.raw(8);
    this.#keyframe(code);
    code.end();
    return structure;
  }

  delta(body: Uint8Array): Uint8Array {
    if (body.length > 0) checkCrc(body, this.#number);
    this.#number = (this.#number + 1) % 256;
    const code = new SlowCode(body.slice(1));
    const structure = this.#structure.read(code);
    const eventful = code.decide(this.#stream.eventful[this.#eventful]!);
    this.#eventful = eventful;
    if (eventful === 1) {
      this.#readLeaves(code);
      this.#readWakes(code);
    }
    for (const klass of this.classes) {
      for (const entity of [...klass.awake]) {
        if (klass.tick(code, entity)) {
          klass.awake.splice(klass.awake.indexOf(entity), 1);
          klass.asleep.push(entity);
        }
      }
    }
    if (eventful === 1) this.#readEnters(code);
    code.end();
    return structure;
  }

  /** The values of all entities, by refId. */
  values(): Map<number, number[]> {
    const entities = this.classes.flatMap(({ awake, asleep }) => [...awake, ...asleep]);
    return new Map(entities.map(({ refId, values }) => [refId, values]));
  }

  #readLeaves(code: SlowCode): void {
    for (let count = this.#stream.leave.unsigned(code); count > 0; count--) {
      const klass = this.classes[this.#stream.class.unsigned(code)]!;
      const isAsleep = code.decide(klass.leavesAsleep) === 1;
      (isAsleep ? klass.asleep : klass.awake).splice(klass.leavesAt.unsigned(code), 1);
    }
  }

  #readWakes(code: SlowCode): void {
    for (let count = this.#stream.wake.unsigned(code); count > 0; count--) {
      const klass = this.classes[this.#stream.class.unsigned(code)]!;
      const [entity] = klass.asleep.splice(klass.wakesAt.unsigned(code), 1);
      entity!.calm = 0;
      klass.awake.push(entity!);
    }
  }

  #readEnters(code: SlowCode): void {
    for (let count = this.#stream.enter.unsigned(code); count > 0; count--) {
      const klass = this.classes[this.#stream.class.unsigned(code)]!;
      const refId = this.#highest + 1 + this.#stream.refId.signed(code);
      this.#highest = Math.max(this.#highest, refId);
      const values = klass.readEntering(code);
      klass.lastEntered = [...values];
      klass.awake.push({ refId, values, calm: 0, numbers: klass.zero.map(slowBegun) });
    }
  }

  #keyframe(code: SlowCode): void {
    const own = {
      highest: new IntegerModels(),
      count: new IntegerModels(),
      refId: new IntegerModels(),
      calm: new IntegerModels(),
      values: Array.from({ length: 63 }, () => new IntegerModels()),
      words: Array.from({ length: 6 }, () => new IntegerModels()),
      rests: new Model(),
      learned: [new Model(), new Model()],
    };
    const readModels = (models: readonly Model[]) => {
      let before = 0;
      for (const model of models) {
        before = code.decide(own.learned[before]!);
        model.chance = before === 0 ? 32_768 : code.raw(16);
      }
    };
    const readNumber = (): SlowTrack => {
      if (code.decide(own.rests) === 1) return slowSettled(0n);
      const [change, noise, phase, place, speed, bend] = own.words.map((word) => BigInt(word.signed(code)));
      return {
        change: change!,
        noise: noise!,
        memory: phase! % 16n,
        steady: (phase! / 16n) % 32n,
        jumped: phase! >= 512n,
        place: place!,
        speed: speed!,
        bend: bend!,
      };
    };
    this.#highest = own.highest.unsigned(code);
    this.#eventful = code.raw(1);
    readModels(this.#stream.all);
    readModels(this.#structure.all);
    for (const klass of this.classes) {
      const awake = own.count.unsigned(code);
      const asleep = own.count.unsigned(code);
      let refId = 0;
      let values = klass.lastEntered.map(() => 0);
      const readValues = () => (values = values.map((value, i) => (value + own.values[i]!.signed(code)) | 0));
      for (let i = 0; i < awake + asleep; i++) {
        refId += own.refId.signed(code);
        const entity: SlowEntity = { refId, values: [...readValues()], calm: 0, numbers: [] };
        if (i < awake) entity.calm = own.calm.unsigned(code);
        entity.numbers = klass.zero.map(() => (i < awake ? readNumber() : slowSettled(0n)));
        (i < awake ? klass.awake : klass.asleep).push(entity);
      }
      klass.lastEntered = [...readValues()];
      readModels(klass.all);
    }
  }
}

// ---- D3, D14

class StructureModels {
  readonly #length = new IntegerModels();
  readonly #bytes = someModels(4_096);
  readonly all = [...this.#length.all, ...this.#bytes];

  read(code: SlowCode): Uint8Array {
    const structure = new Uint8Array(this.#length.unsigned(code));
    for (let i = 0; i < structure.length; i++) {
      structure[i] =
        structure.length > 4_096 ? code.raw(8) : this.#byte(code, structure[i - 2] ?? 0, structure[i - 1] ?? 0);
    }
    return structure;
  }

  #byte(code: SlowCode, u: number, v: number): number {
    const mixed = ((BigInt(256 * u + v) * 0x9e3779b1n) % 2n ** 32n) >> 8n;
    let node = 1;
    while (node < 256) {
      const index = Number((mixed + BigInt(node) * 0x6d2bn) % 4_096n);
      node = node * 2 + code.decide(this.#bytes[index]!, 3);
    }
    return node - 256;
  }
}

class StreamModels {
  readonly eventful = someModels(2);
  readonly leave = new IntegerModels();
  readonly wake = new IntegerModels();
  readonly enter = new IntegerModels();
  readonly class = new IntegerModels();
  readonly refId = new IntegerModels();
  readonly all = [
    ...this.eventful,
    ...[this.leave, this.wake, this.enter, this.class, this.refId].flatMap(({ all }) => all),
  ];
}

// ---- D1, D2

interface Cursor {
  bytes: Uint8Array;
  offset: number;
}

function varint(cursor: Cursor): number {
  let value = 0;
  for (let scale = 1; ; scale *= 128) {
    const byte = cursor.bytes[cursor.offset++];
    if (byte === undefined) throw new Error('a varint without an end');
    value += (byte % 128) * scale;
    if (byte < 128) return value;
  }
}

function checkCrc(body: Uint8Array, number: number): void {
  const bits = [number, ...body.slice(1), 0].flatMap((byte) =>
    [7, 6, 5, 4, 3, 2, 1, 0].map((bit) => (byte >> bit) & 1),
  );
  // Long division by x^8 + x^2 + x + 1.
  for (let i = 0; i + 8 < bits.length; i++) {
    if (bits[i] === 1) for (const term of [0, 6, 7, 8]) bits[i + term]! ^= 1;
  }
  const check = Number.parseInt(bits.slice(-8).join(''), 2);
  if (check !== body[0]) throw new Error(`check ${body[0]}, not ${check}`);
}

function readLayouts(cursor: Cursor): SlowClass[] {
  return Array.from({ length: varint(cursor) }, () => {
    const specs = Array.from({ length: varint(cursor) }, () => readSpec(cursor));
    const [first] = specs;
    return first?.kind === 4
      ? new SlowQuaternions(first.numbers[0]!)
      : new SlowScalars(specs.map(({ kind, numbers }) => slowField(kind, numbers)));
  });
}

function readSpec(cursor: Cursor): { kind: number; numbers: number[] } {
  const kind = cursor.bytes[cursor.offset]!;
  cursor.offset += 2;
  const nameBytes = varint(cursor);
  cursor.offset += nameBytes;
  const view = new DataView(cursor.bytes.buffer, cursor.bytes.byteOffset);
  const numbers = Array.from({ length: [3, 2, 2, 0, 1][kind]! }, (_, i) => view.getFloat64(cursor.offset + 8 * i));
  cursor.offset += 8 * numbers.length;
  return { kind, numbers };
}

function slowField(kind: number, numbers: readonly number[]): SlowField {
  if (kind === 3) return { min: 0, max: 1, circle: 0 };
  if (kind === 2) return { min: 0, max: numbers[0]! - 1, circle: numbers[0]! };
  const [min, max] = numbers.slice(-2);
  return { min: min!, max: max!, circle: 0 };
}
