import { schema, t } from '@colyseus/schema';
import { describe, expect, it } from '@jest/globals';
import { FrameWriter } from '../../test/support/live-frames.ts';
import { RandomLife } from '../../test/support/live-motion.ts';
import { LiveServer } from '../../test/support/live-session.ts';
import { projectText, tableIn } from '../../test/support/project-text.ts';
import { Random } from '../../test/support/random.ts';
import { SlowLiveReader } from '../../test/support/slow-live-reader.ts';
import { SLOW_GAINS } from '../../test/support/slow-predictor.ts';
import { angle, fixed, flag, live, quaternion } from '../live/live.ts';
import type { LiveFieldSpec } from '../live/live-field-spec.ts';
import { refIdOf } from '../schema/tracked.ts';
import { writeVarint } from '../wire/varint.ts';
import { writeLayouts } from './layout-bytes.ts';
import { writeLiveBody } from './live-body.ts';
import type { LiveUnits } from './live-units.ts';

const Ship = live(
  { name: t.string(), x: fixed(0.01), heading: angle(360, 360), lit: flag(), rotation: quaternion(0.001) },
  'SecondShip',
);
const State = schema({ ships: t.map(Ship) }, 'SecondState');

/** Fields that have such units. */
function specsOf(units: LiveUnits): LiveFieldSpec[] {
  if (units.kind === 'quaternion') {
    return [{ kind: 'quaternion', index: 0, name: 'q', precision: 1 / Math.sqrt(units.squares) }];
  }
  return Array.from(units.min, (min, index) => {
    const place = { index, name: `f${index}` };
    const steps = units.modulus[index]!;
    return steps === 0
      ? { kind: 'int', ...place, min, max: units.max[index]! }
      : { kind: 'angle', ...place, steps, turn: 360 };
  });
}

function stateBody(
  writer: FrameWriter,
  units: readonly LiveUnits[],
  number: number,
  structure: Uint8Array,
): Uint8Array {
  const length = new Uint8Array(5);
  const lengthBytes = writeVarint(length, 0, structure.length);
  return writeLiveBody(
    0,
    length.subarray(0, lengthBytes),
    structure,
    writeLayouts(units.map(specsOf)),
    writer.keyframe(number),
  );
}

const sorted = (values: ReadonlyMap<number, ArrayLike<number>>) =>
  [...values].map(([refId, row]) => [refId, ...Array.from(row)]).sort(([a], [b]) => a! - b!);

/** PROTOCOL.md is enough to write a client: this one was, and reads all that ours writes. */
describe('a second reader (D)', () => {
  it.each([1, 2, 3, 4, 5, 6])('[D12] has what the writer has, in a life of seed %i', (seed) => {
    const random = new Random(seed);
    const life = new RandomLife(random, 1 + random.below(4));
    const writer = new FrameWriter(life.units);
    const readers: SlowLiveReader[] = [];
    for (let tick = 0; tick < 200; tick++) {
      const structure = random.chance(0.7) ? new Uint8Array(0) : random.bytes(random.below(9)).map((byte) => byte % 4);
      if (tick % 60 === 2) {
        const reader = new SlowLiveReader();
        expect(reader.state(stateBody(writer, life.units, tick % 256, structure))).toEqual(structure);
        readers.push(reader);
      }
      life.act(writer);
      const code = writer.tick(structure);
      const body = code.length === 0 ? code : writeLiveBody(tick, code);
      for (const reader of readers) {
        expect(reader.delta(body)).toEqual(structure);
        expect(sorted(reader.values())).toEqual(sorted(writer.now));
      }
    }
  });

  it('[D3] reads structure of any length', () => {
    const writer = new FrameWriter([]);
    const reader = new SlowLiveReader();
    reader.state(stateBody(writer, [], 0, new Uint8Array(200).fill(5)));
    const random = new Random(1);
    for (const [number, length] of [0, 1, 4_096, 4_097, 300].entries()) {
      const structure = Uint8Array.from(random.bytes(length));
      const code = writer.tick(structure);
      const read = reader.delta(code.length === 0 ? code : writeLiveBody(number, code));
      expect(Buffer.compare(read, structure)).toBe(0);
    }
  });

  it('[D10] has the gains that the document lists', () => {
    const rows = tableIn(projectText('PROTOCOL.md'), 'memory').map((row) =>
      row.map((cell) => BigInt(cell.replace(',', ''))),
    );
    expect(rows).toEqual(SLOW_GAINS.slice(1).map((gains, i) => [BigInt(i + 1), ...gains]));
  });

  it.each([1, 2, 3])('[D12] follows a whole state: seed %i', (seed) => {
    const random = new Random(seed);
    const state = new State();
    const server = new LiveServer(state);
    server.join();
    const reader = new SlowLiveReader();
    reader.state(server.keyframe());
    for (let tick = 0; tick < 150; tick++) {
      const key = `k${random.below(5)}`;
      if (random.chance(0.1)) state.ships.set(key, new Ship({ x: random.below(99), name: key }));
      if (random.chance(0.05)) state.ships.delete(key);
      for (const ship of state.ships.values()) {
        ship.x += 0.37;
        ship.heading += random.below(4);
        if (random.chance(0.05)) ship.lit = !ship.lit;
        if (random.chance(0.5)) ship.rotation.set(Math.sin(tick / 20), 0, 0, Math.cos(tick / 20));
      }
      reader.delta(server.tick());
      const values = reader.values();
      expect(values.size).toBe(2 * state.ships.size);
      for (const ship of state.ships.values()) {
        expect(values.get(refIdOf(ship)!)).toEqual([Math.round(ship.x * 100), ship.heading, ship.lit ? 1 : 0]);
        const { x, y, z, w } = ship.rotation;
        const fine = values.get(refIdOf(ship.rotation)!)!.slice(0, 4);
        expect(fine.map((n) => n / 256_000)).toEqual([x, y, z, w].map((n) => expect.closeTo(n, 9)));
      }
    }
  });
});
