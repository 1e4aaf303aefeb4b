import type { MapSchema } from '@colyseus/schema';
import { Decoder, Encoder, schema, StateCallbackStrategy, t } from '@colyseus/schema';
import type { Contender, Receiver, Sender } from './contender.ts';
import { type QuantizedRange, quantizedRange, smallestUint } from './schema-ranges.ts';
import { columnsOf, type Trace } from './trace.ts';

type Column = ReturnType<typeof t.float32>;
type Body = { [column: string]: number };
interface State {
  bodies: MapSchema<Body>;
}

/** What Colyseus puts in front of a patch. */
const CODE_BYTES = 1;

/** Far above what a frame of a trace can be: growing the buffer would be timed. */
const BUFFER_BYTES = 1 << 20;

/** Colyseus's own encoder, every number a float32. */
export function schemaFloat32Contender(trace: Trace): Contender {
  return schemaContender('schema float32', trace, () => t.float32());
}

/** Colyseus's own encoder with `t.quantized`: the fewest bits that hold the trace's range at the field's precision. */
export function schemaQuantizedContender(trace: Trace): Contender {
  return schemaContender('schema quantized', trace, (range) => t.quantized(range()));
}

function schemaContender(name: string, trace: Trace, real: (range: () => QuantizedRange) => Column): Contender {
  // Named by number: a trace may call a field `assign`.
  const names = columnsOf(trace.fields).map((_, i) => `c${i}`);
  const columns = columnsOf(trace.fields).map(({ field }, i): Column => {
    return field.kind === 'uint' ? t[smallestUint(trace, i)]() : real(() => quantizedRange(trace, field, i));
  });
  const BodySchema = schema(Object.fromEntries(names.map((column, i) => [column, columns[i]!])), 'Body');
  const StateSchema = schema({ bodies: t.map(BodySchema) }, 'State');
  const newState = () => new StateSchema() as unknown as State & InstanceType<typeof StateSchema>;
  const keys = Array.from({ length: trace.entities }, (_, entity) => String(entity));

  return {
    name,
    headerBytes: 0,
    sender: () => new SchemaSender(newState(), () => new BodySchema() as unknown as Body, names, keys),
    receiver: () => new SchemaReceiver(newState(), names, keys),
  };
}

class SchemaSender implements Sender {
  readonly #state: State;
  readonly #newBody: () => Body;
  readonly #names: readonly string[];
  readonly #keys: readonly string[];
  readonly #encoder: Encoder;

  constructor(
    state: State & ConstructorParameters<typeof Encoder>[0],
    newBody: () => Body,
    names: readonly string[],
    keys: readonly string[],
  ) {
    this.#state = state;
    this.#newBody = newBody;
    this.#names = names;
    this.#keys = keys;
    this.#encoder = new Encoder(state);
    this.#encoder.sharedBuffer = new Uint8Array(BUFFER_BYTES);
  }

  set(frame: Float32Array): void {
    const { bodies } = this.#state;
    this.#keys.forEach((key, entity) => {
      const first = entity * this.#names.length;
      let body = bodies.get(key);
      if (Number.isNaN(frame[first]!)) {
        if (body !== undefined) bodies.delete(key);
        return;
      }
      const isNew = body === undefined;
      body ??= this.#newBody();
      for (let i = 0; i < this.#names.length; i++) body[this.#names[i]!] = frame[first + i]!;
      if (isNew) bodies.set(key, body);
    });
  }

  encode(): Uint8Array {
    const message = this.#encoder.encode({ offset: CODE_BYTES });
    this.#encoder.discardChanges();
    return message;
  }

  values(out: Float64Array): void {
    readBodies(this.#state, this.#names, this.#keys, out);
  }
}

class SchemaReceiver implements Receiver {
  readonly #state: State;
  readonly #names: readonly string[];
  readonly #keys: readonly string[];
  readonly #decoder: Decoder;

  constructor(
    state: State & ConstructorParameters<typeof Decoder>[0],
    names: readonly string[],
    keys: readonly string[],
  ) {
    this.#state = state;
    this.#names = names;
    this.#keys = keys;
    this.#decoder = new Decoder(state);
    // What the SDK's Callbacks attaches; Predict and every game stand on it.
    new StateCallbackStrategy(this.#decoder as Decoder<never>);
  }

  decode(message: Uint8Array): void {
    this.#decoder.decode(message, { offset: CODE_BYTES });
  }

  values(out: Float64Array): void {
    readBodies(this.#state, this.#names, this.#keys, out);
  }
}

function readBodies({ bodies }: State, names: readonly string[], keys: readonly string[], out: Float64Array): void {
  out.fill(NaN);
  keys.forEach((key, entity) => {
    const body = bodies.get(key);
    if (body === undefined) return;
    for (let i = 0; i < names.length; i++) out[entity * names.length + i] = body[names[i]!]!;
  });
}
