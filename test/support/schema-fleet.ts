/** A state with all that velarium asks of @colyseus/schema in it, for the tests of shared/schema. */
import { type Decoder, Encoder, entity, Reflection, schema, t } from '@colyseus/schema';
import { beforeEach } from '@jest/globals';
import { indexOfField, markUnreliable, type SchemaClass } from '../../shared/schema/declared-class.ts';
import { allowOmission } from '../../shared/schema/omission.ts';
import { refuseComplaints } from './decoder-complaints.ts';

export const Gun = schema({ heat: t.float32(), ammo: t.uint8() }, 'InternalsGun');
export const Ship = schema(
  { name: t.string(), x: t.float64(), y: t.float64(), gun: t.ref(Gun).optional() },
  'InternalsShip',
);
/** Has no field but live ones. */
export const Rock = schema({ x: t.float64() }, 'InternalsRock');
export const Boat = Ship.extend({ sail: t.uint8(), wind: t.float32() }, 'InternalsBoat');
/** Made without schema(), and without fields of its own. */
export class Raft extends Ship {}
entity(Raft);
export const State = schema(
  {
    tick: t.uint32(),
    ships: t.map(Ship),
    rocks: t.map(Rock),
    list: t.array(Ship),
    hidden: t.map(Ship).view(),
    flagship: t.ref(Ship).optional(),
  },
  'InternalsState',
);
export type State = InstanceType<typeof State>;
export type Ship = InstanceType<typeof Ship>;

export const LIVE = new Map<SchemaClass, string[]>([
  [Gun, ['heat']],
  [Ship, ['x', 'y']],
  [Rock, ['x']],
  [Boat, ['x', 'y', 'wind']],
  [State, ['tick']],
]);
for (const [klass, names] of LIVE) {
  const own = klass === Boat ? ['wind'] : names;
  for (const name of own) markUnreliable(klass, indexOfField(klass, name));
  allowOmission(
    klass,
    names.map((name) => indexOfField(klass, name)),
  );
}

/** Fails with a sentence that says what has moved, where a difference of values would not. */
export function holds(sentence: string, condition: boolean): void {
  if (!condition) throw new Error(`This is no longer so in @colyseus/schema: ${sentence}`);
}

export const ship = (name: string, x = 0): Ship => new Ship({ name, x, y: 0 });
export const reflected = (encoder: Encoder<State>): Decoder<State> =>
  Reflection.decode<State>(Reflection.encode(encoder));

export let state: State;
export let encoder: Encoder<State>;

/** What goes to everyone in a tick. */
export function patch(...decoders: Decoder[]): void {
  for (const decoder of decoders) decoder.decode(encoder.encode());
  encoder.discardChanges();
}

/** Each test of the file begins with a state that is new and empty; no decoder may meet bytes that it cannot place. */
export function useFleet(): void {
  refuseComplaints();
  beforeEach(() => {
    state = new State();
    state.tick = 0;
    encoder = new Encoder(state);
  });
}
