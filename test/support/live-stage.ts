import { type Client, ClientState } from '@colyseus/core';
import type { Schema, StateView } from '@colyseus/schema';
import { SchemaSerializer as PlainSerializer } from 'colyseus.js';
import { LiveSerializer as LiveReader } from '../../client/live-serializer.ts';
import { LiveSerializer } from '../../server/room/live-serializer.ts';
import type { StateTiming } from '../../server/room/colyseus-internals.ts';
import { MessageCode, messageCode } from '../../shared/wire/colyseus-message.ts';

const TIMED = 0x80;
const CLOCK_BYTES = 8;

export interface JoinOptions {
  framed?: boolean;
  view?: StateView;
  /** What a client of another stage has followed that one with: it goes on here, with all that it holds. */
  cameFrom?: StageClient<never>;
}

/** A room's serializer and its clients' own, without a room, sockets and time: what is sent arrives at once. */
export class LiveStage<State extends Schema> {
  readonly state: State;
  readonly serializer = new LiveSerializer<State>();
  clients: StageClient<State>[] = [];
  /** Given to a room that has inputs. */
  readonly timing: StateTiming | undefined;

  constructor(state: State, { timed = false } = {}) {
    this.state = state;
    this.timing = timed ? { sNow: 0 } : undefined;
    this.serializer.reset(state);
  }

  join(options: JoinOptions = {}): StageClient<State> {
    const client = new StageClient<State>(this, options);
    this.clients.push(client);
    client.sendWhole();
    return client;
  }

  leave(client: StageClient<State>): void {
    this.clients = this.clients.filter((other) => other !== client);
  }

  /** The patch of a tick, and behind it the whole state for those who are owed it and take it. */
  tick(): boolean {
    if (this.timing !== undefined) this.timing.sNow += 17;
    const changed = this.serializer.applyPatches(
      this.clients.map(({ client }) => client),
      this.state,
      this.timing,
    );
    for (const client of this.clients) if (client.isOwed && !client.lags) client.sendWhole();
    return changed;
  }
}

/** One client: both ends of what would be its connection. */
export class StageClient<State extends Schema> {
  readonly client: Client;
  readonly serializer: PlainSerializer<State>;
  readonly framed: boolean;
  /** While it lags, no state goes out to it. */
  lags = false;
  /** Whether the whole state is owed to it: nothing else goes out before that. */
  isOwed = false;
  /** Messages received: whole states, and patches. */
  wholes = 0;
  patches = 0;
  bytes = 0;
  keyframesRequested = 0;
  /** The error for which it gave up. */
  givenUp: Error | undefined;
  /** Changes what arrives. */
  distort: (message: Uint8Array) => Uint8Array = (message) => message;
  last: Uint8Array = new Uint8Array(0);

  readonly #stage: LiveStage<State>;

  constructor(stage: LiveStage<State>, { cameFrom, framed = cameFrom?.framed ?? true, view }: JoinOptions) {
    this.#stage = stage;
    this.framed = framed;
    const takesState = (): boolean => !this.lags && !this.isOwed;
    const ref = {
      framed,
      get takesState() {
        return takesState();
      },
    };
    this.client = {
      state: ClientState.JOINED,
      view,
      ref,
      raw: (message: Uint8Array) => this.#receive(message),
    } as unknown as Client;
    if (cameFrom !== undefined) {
      this.serializer = cameFrom.serializer as PlainSerializer<State>;
      return;
    }
    this.serializer = framed
      ? new LiveReader<State>({
          requestKeyframe: () => {
            if (!this.isOwed) this.keyframesRequested++;
            this.isOwed = true;
          },
          giveUp: (error) => (this.givenUp = error),
        })
      : new PlainSerializer<State>();
    const handshake = stage.serializer.handshake();
    this.serializer.handshake(new Uint8Array(handshake), { offset: 0 });
  }

  get state(): State {
    return this.serializer.getState();
  }

  get view(): StateView | undefined {
    return this.client.view;
  }

  set view(view: StateView | undefined) {
    if (view === undefined) delete this.client.view;
    else this.client.view = view;
  }

  /** The socket is behind: nothing goes out until {@link recover}, and then the whole state. */
  lag(): void {
    this.lags = true;
    this.isOwed = true;
  }

  recover(): void {
    this.lags = false;
  }

  sendWhole(): void {
    this.isOwed = false;
    this.client.raw(this.#stage.serializer.getFullState(this.client, this.#stage.timing));
  }

  #receive(sent: Uint8Array): void {
    const message = this.distort(sent.slice());
    this.last = message;
    this.bytes += message.length;
    const at = { offset: message[0]! & TIMED ? 1 + CLOCK_BYTES : 1 };
    if (messageCode(message) === MessageCode.RoomState) {
      this.wholes++;
      this.serializer.setState(message, at);
    } else {
      this.patches++;
      this.serializer.patch(message, at);
    }
  }
}
