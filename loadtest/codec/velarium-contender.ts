import { Decoder, Encoder, type MapSchema, schema, StateCallbackStrategy, t } from '@colyseus/schema';
import { EncoderStream } from '../../shared/delta/encoder-stream.ts';
import { LiveEntities } from '../../shared/delta/live-entities.ts';
import { StateDecoder } from '../../shared/delta/state-decoder.ts';
import { angle, fixed, live, quaternion, uint } from '../../shared/live/live.ts';
import type { Quaternion } from '../../shared/live/live.ts';
import { setOmission } from '../../shared/schema/omission.ts';
import { FRAME_HEADER_BYTES } from '../../shared/wire/frame.ts';
import type { Contender, Receiver, Sender } from './contender.ts';
import { extent } from './schema-ranges.ts';
import { columnsOf, type Trace, type TraceField, turnOf } from './trace.ts';

type Body = Record<string, number | Quaternion>;
interface State {
  bodies: MapSchema<Body>;
}

/** velarium's own delta codec (shared/delta), in the frame that carries it. */
export function velariumContender(trace: Trace): Contender {
  // Named by number: a trace may call a field `assign`.
  const fields = trace.fields.map((field, i) => ({ name: `f${i}`, field }));
  const columns = fields.map(({ name, field }) => [name, liveField(trace, field)]);
  const BodySchema = live(Object.fromEntries(columns) as Record<string, ReturnType<typeof t.number>>, 'Body');
  const StateSchema = schema({ bodies: t.map(BodySchema) }, 'State');
  const newState = () => new StateSchema() as unknown as State & InstanceType<typeof StateSchema>;
  const bodies = new Bodies(fields, trace.entities, () => new BodySchema() as unknown as Body);
  return {
    name: 'velarium',
    headerBytes: FRAME_HEADER_BYTES,
    sender: () => new LiveSender(newState(), bodies),
    receiver: () => new LiveReceiver(newState(), bodies),
  };
}

function liveField(trace: Trace, field: TraceField): unknown {
  switch (field.kind) {
    case 'linear':
      return fixed(field.precision);
    case 'uint':
      return uint(Math.max(1, extent(trace, columnOf(trace, field))[1]));
    case 'angle':
      // The steps of a circle are whole: as fine as asked for, or a little finer.
      return angle(Math.ceil(turnOf(field) / field.precision - 1e-6), turnOf(field));
    case 'quaternion':
      return quaternion(field.precision);
  }
}

function columnOf(trace: Trace, field: TraceField): number {
  return columnsOf(trace.fields).findIndex((column) => column.field === field);
}

/** Moves numbers between frames of a trace and a state's bodies. */
class Bodies {
  readonly #fields: readonly { name: string; field: TraceField }[];
  readonly #keys: readonly string[];
  readonly #newBody: () => Body;
  readonly #columns: number;

  constructor(fields: readonly { name: string; field: TraceField }[], entities: number, newBody: () => Body) {
    this.#fields = fields;
    this.#newBody = newBody;
    this.#columns = fields.reduce((sum, { field }) => sum + (field.kind === 'quaternion' ? 4 : 1), 0);
    this.#keys = Array.from({ length: entities }, (_, entity) => String(entity));
  }

  put({ bodies }: State, frame: Float32Array): void {
    this.#keys.forEach((key, entity) => {
      let at = entity * this.#columns;
      let body = bodies.get(key);
      if (Number.isNaN(frame[at]!)) {
        if (body !== undefined) bodies.delete(key);
        return;
      }
      const isNew = body === undefined;
      body ??= this.#newBody();
      for (const { name, field } of this.#fields) {
        if (field.kind !== 'quaternion') body[name] = frame[at++]!;
        else {
          (body[name] as Quaternion).set(frame[at]!, frame[at + 1]!, frame[at + 2]!, frame[at + 3]!);
          at += 4;
        }
      }
      if (isNew) bodies.set(key, body);
    });
  }

  take({ bodies }: State, out: Float64Array): void {
    out.fill(NaN);
    this.#keys.forEach((key, entity) => {
      const body = bodies.get(key);
      if (body === undefined) return;
      let at = entity * this.#columns;
      for (const { name, field } of this.#fields) {
        if (field.kind !== 'quaternion') out[at++] = body[name] as number;
        else {
          const { x, y, z, w } = body[name] as Quaternion;
          for (const component of [x, y, z, w]) out[at++] = component;
        }
      }
    });
  }
}

/** Far above what a frame of a trace can be. */
const BUFFER_BYTES = 1 << 20;

class LiveSender implements Sender {
  readonly #state: State;
  readonly #bodies: Bodies;
  readonly #encoder: Encoder;
  readonly #entities: LiveEntities;
  #stream: EncoderStream | undefined;

  constructor(state: State & ConstructorParameters<typeof Encoder>[0], bodies: Bodies) {
    this.#state = state;
    this.#bodies = bodies;
    this.#encoder = new Encoder(state);
    this.#encoder.sharedBuffer = new Uint8Array(BUFFER_BYTES);
    this.#entities = new LiveEntities(this.#encoder);
    setOmission(this.#encoder, () => true);
    // As in a room in which no client speaks plain Colyseus.
    this.#entities.watch.isQuiet = true;
  }

  set(frame: Float32Array): void {
    this.#bodies.put(this.#state, frame);
  }

  encode(): Uint8Array {
    let body: Uint8Array;
    this.#entities.settle();
    if (this.#stream === undefined) {
      this.#stream = new EncoderStream(this.#entities, undefined, false);
      body = this.#stream.keyframe(this.#encoder.encodeAll());
    } else {
      body = this.#stream.delta(this.#encoder.hasChanges ? this.#encoder.encode() : NOTHING);
    }
    this.#encoder.discardChanges();
    this.#encoder.discardUnreliableChanges();
    this.#entities.endTick();
    return body;
  }

  values(out: Float64Array): void {
    this.#bodies.take(this.#state, out);
  }
}

const NOTHING = new Uint8Array(0);

class LiveReceiver implements Receiver {
  readonly #state: State;
  readonly #bodies: Bodies;
  readonly #decoder: StateDecoder;
  #first = true;

  constructor(state: State & ConstructorParameters<typeof Decoder>[0], bodies: Bodies) {
    this.#state = state;
    this.#bodies = bodies;
    const decoder = new Decoder(state);
    // What the SDK's Callbacks attaches; Predict and every game stand on it.
    new StateCallbackStrategy(decoder as Decoder<never>);
    this.#decoder = new StateDecoder(decoder);
  }

  decode(message: Uint8Array): void {
    if (this.#first) this.#decoder.keyframe(message);
    else this.#decoder.delta(message);
    this.#first = false;
  }

  values(out: Float64Array): void {
    this.#bodies.take(this.#state, out);
  }
}
