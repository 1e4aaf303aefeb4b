import { type Client, ClientState } from '@colyseus/core';
import type { StateView } from '@colyseus/schema';
import type { EncoderStream } from '../../shared/delta/encoder-stream.ts';

export const NOTHING = new Uint8Array(0);

/** What the connections of ours say of themselves (see RoomSocket); one of another transport says nothing. */
interface StateSocket {
  readonly framed?: boolean;
  readonly takesState?: boolean;
  /** The stream whose keyframe went over this connection last. */
  stream?: EncoderStream | undefined;
}

/** Whether the client is sent live bodies. Others get what Colyseus sends. */
export const isFramed = (client: Client): boolean => (client.ref as StateSocket).framed === true;

/** From now on the client follows `stream`, whose keyframe it was sent. */
export function follow(client: Client, stream: EncoderStream): void {
  (client.ref as StateSocket).stream = stream;
}

export const hasJoined = (client: Client): boolean => client.state === ClientState.JOINED;

/** The clients of one view, or those without one, in this tick. Those that take no state now are in none of the lists. */
export class Audience {
  readonly view: StateView | undefined;
  /** What framed clients are sent of live fields; undefined while nobody follows it. */
  stream: EncoderStream | undefined;
  /** The keyframe of {@link stream}, while it is what a client would be sent now. */
  keyframe: Uint8Array | undefined;

  /** Framed clients that are level with the stream. */
  readonly followers: Client[] = [];
  /** Framed clients that are not: they came from another view. */
  readonly newcomers: Client[] = [];
  readonly plain: Client[] = [];
  /** Whether the view has any client in the room. */
  present = false;

  /** What Schema wrote for this tick. Good until the encoder writes again. */
  structure: Uint8Array = NOTHING;

  constructor(view: StateView | undefined) {
    this.view = view;
  }

  /** Whether anybody takes state now. */
  get takesState(): boolean {
    return this.followers.length + this.newcomers.length + this.plain.length > 0;
  }

  beginTick(): void {
    this.keyframe = undefined;
    this.structure = NOTHING;
    this.present = false;
    this.followers.length = 0;
    this.newcomers.length = 0;
    this.plain.length = 0;
  }

  /** Hot: once a tick and client. */
  take(client: Client): void {
    this.present = true;
    const { framed, takesState, stream } = client.ref as StateSocket;
    if (takesState === false) return;
    if (framed !== true) this.plain.push(client);
    else if (stream !== undefined && stream === this.stream) this.followers.push(client);
    else this.newcomers.push(client);
  }

  /** A stream that nobody follows is not kept up: the next one begins with the next keyframe. */
  dropIdleStream(): void {
    if (this.followers.length === 0) this.stream = undefined;
  }
}
