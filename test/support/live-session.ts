import { Decoder, Encoder, Reflection, type Schema, type StateView } from '@colyseus/schema';
import { EncoderStream } from '../../shared/delta/encoder-stream.ts';
import { LiveEntities } from '../../shared/delta/live-entities.ts';
import { StateDecoder } from '../../shared/delta/state-decoder.ts';
import { setOmission } from '../../shared/schema/omission.ts';

/** More than any test's state takes. */
const BUFFER_BYTES = 1 << 20;
const NOTHING = new Uint8Array(0);

/** A client of a state with live fields, without a wire between. */
export class LiveClient<State extends Schema> {
  readonly decoder: Decoder<State>;
  readonly live: StateDecoder;

  constructor(decoder: Decoder<State>) {
    this.decoder = decoder;
    this.live = new StateDecoder(decoder);
  }

  get state(): State {
    return this.decoder.state;
  }
}

/** Clients with one view of a state, or those without. */
interface Audience<State extends Schema> {
  readonly view: StateView | undefined;
  readonly stream: EncoderStream;
  readonly clients: LiveClient<State>[];
}

/** As plain Colyseus has it. */
interface PlainClient<State extends Schema> {
  readonly view: StateView | undefined;
  readonly decoder: Decoder<State>;
}

interface Joining<State> {
  view?: StateView | undefined;
  /** Where it has the classes; otherwise it knows them by reflection. */
  own?: State;
}

/** A state with live fields, and clients that follow it, some in the way of plain Colyseus. */
export class LiveServer<State extends Schema> {
  readonly encoder: Encoder<State>;
  readonly entities: LiveEntities;
  readonly #audiences: Audience<State>[] = [];
  readonly #plain: PlainClient<State>[] = [];

  constructor(state: State) {
    this.encoder = new Encoder(state);
    this.encoder.sharedBuffer = new Uint8Array(BUFFER_BYTES);
    this.entities = new LiveEntities(this.encoder);
  }

  /** Another client, with the state as it is now. */
  join({ view, own }: Joining<State> = {}): LiveClient<State> {
    const client = new LiveClient<State>(this.#decoder(own));
    const structure = this.#full(view, true);
    const { stream, clients } = this.#audience(view);
    clients.push(client);
    client.live.keyframe(stream.keyframe(structure));
    return client;
  }

  joinPlain({ view, own }: Joining<State> = {}): Decoder<State> {
    const decoder = this.#decoder(own);
    this.#plain.push({ decoder, view });
    decoder.decode(this.#full(view, false));
    return decoder;
  }

  /** For a client that lost the thread. */
  keyframe(view?: StateView): Uint8Array {
    return this.stream(view).keyframe(this.#full(view, true));
  }

  stream(view?: StateView): EncoderStream {
    return this.#audience(view).stream;
  }

  /** Sends what has changed. @returns what those without a view were sent */
  tick(): Uint8Array {
    const { encoder } = this;
    const structures = this.#encode(this.#audiences, true, (at, view, end) =>
      view === undefined ? (encoder.hasChanges ? encoder.encode(at) : NOTHING) : encoder.encodeView(view, end, at),
    );
    let toAll: Uint8Array = NOTHING;
    this.#audiences.forEach(({ view, stream, clients }, i) => {
      const body = stream.delta(structures[i]!);
      for (const { live } of clients) live.delta(body);
      if (view === undefined) toAll = body;
    });
    // Behind the streams, which make rotations canonical.
    const plain = this.#encode(this.#plain, false, (at, view, end) =>
      view === undefined ? encoder.encode(at) : encoder.encodeView(view, end, at),
    );
    this.#plain.forEach(({ decoder }, i) => decoder.decode(plain[i]!));
    encoder.discardChanges();
    const live = this.#encode(this.#plain, false, (at, view, end) =>
      view === undefined ? encoder.encodeUnreliable(at) : encoder.encodeUnreliableView(view, end, at),
    );
    this.#plain.forEach(({ decoder }, i) => decoder.decode(live[i]!));
    encoder.discardUnreliableChanges();
    this.entities.endTick();
    return toAll;
  }

  #decoder(own: State | undefined): Decoder<State> {
    return own === undefined ? Reflection.decode<State>(Reflection.encode(this.encoder)) : new Decoder<State>(own);
  }

  #audience(view: StateView | undefined): Audience<State> {
    let audience = this.#audiences.find((known) => known.view === view);
    if (audience === undefined) {
      const stream = new EncoderStream(this.entities, view, this.encoder.context.hasFilters);
      audience = { view, stream, clients: [] };
      this.#audiences.push(audience);
    }
    return audience;
  }

  #full(view: StateView | undefined, omits: boolean): Uint8Array {
    const { encoder } = this;
    const [bytes] = this.#encode([{ view }], omits, (at, of, end) =>
      of === undefined ? encoder.encodeAll(at) : encoder.encodeAllView(of, end, at),
    );
    return bytes!;
  }

  /** What everyone gets, then what is a view's own. */
  #encode(
    receivers: readonly { readonly view: StateView | undefined }[],
    omits: boolean,
    encode: (at: { offset: number }, view: StateView | undefined, sharedEnd: number) => Uint8Array,
  ): Uint8Array[] {
    setOmission(this.encoder, omits ? () => true : undefined);
    const at = { offset: 0 };
    const shared = encode(at, undefined, 0).slice();
    const sharedEnd = at.offset;
    return receivers.map(({ view }) => {
      at.offset = sharedEnd;
      return view === undefined ? shared : encode(at, view, sharedEnd).slice();
    });
  }
}
