import { LocalDriver, LocalPresence, matchMaker, type Room } from '@colyseus/core';
import { IncomingState } from '../../client/incoming-state.ts';
import { FramedTransport, type FramedTransportOptions } from '../../server/transport/framed-transport.ts';
import { FrameSession } from '../../shared/session/frame-session.ts';
import type { WireMessage } from '../../shared/wire/batch.ts';
import { fromWire } from '../../shared/wire/colyseus-message.ts';
import { Compressor } from '../../shared/wire/compression.ts';
import { FrameFlag, FrameType } from '../../shared/wire/frame-type.ts';
import { SUBPROTOCOL } from '../../shared/wire/frame.ts';
import { bytes, hex } from './bytes.ts';
import { nodeDeflate } from './deflate.ts';
import { FakeWs } from './fake-ws.ts';
import { settled } from './virtual-timers.ts';

const compressor = new Compressor(nodeDeflate);

/** A server without a port: matchmaking in memory, and the framed transport, whose upgrades a test makes. */
export class InProcessServer {
  readonly transport: FramedTransport;

  private constructor(transport: FramedTransport) {
    this.transport = transport;
  }

  static async start(
    rooms: Record<string, new () => Room>,
    limits: FramedTransportOptions['limits'] = {},
    elsewhere?: FramedTransportOptions['elsewhere'],
    log?: FramedTransportOptions['log'],
  ): Promise<InProcessServer> {
    matchMaker.setHealthChecksEnabled(false);
    await matchMaker.setup(new LocalPresence(), new LocalDriver());
    await matchMaker.accept();
    for (const [name, room] of Object.entries(rooms)) matchMaker.defineRoomType(name, room);
    return new InProcessServer(new FramedTransport({ noServer: true, limits, elsewhere, log }));
  }

  /** A client with a seat in any open room of that name, which has not connected yet. */
  async seat(roomName: string, options: object = {}): Promise<InProcessClient> {
    const { roomId, sessionId } = await matchMaker.joinOrCreate(roomName, options);
    return new InProcessClient((ws, url) => this.upgrade(ws, url), roomId, sessionId);
  }

  /** A client that has joined. */
  async join(roomName: string, options: object = {}): Promise<InProcessClient> {
    const client = await this.seat(roomName, options);
    await client.connect();
    await client.acknowledgeJoin();
    return client;
  }

  /** Ends every room that is left. One with a seat that nobody took lasts until that is over: it is not waited for. */
  async stop(): Promise<void> {
    void Promise.all(matchMaker.disconnectAll());
    await settled();
    this.transport.shutdown();
  }

  upgrade(ws: FakeWs, url: string): void {
    const request = { url, headers: {}, socket: {} };
    (this.transport as unknown as { wss: FakeWs }).wss.emit('connection', ws, request);
  }
}

/** A client by hand: what it is sent it keeps, what it says a test tells it. */
export class InProcessClient {
  readonly roomId: string;
  readonly sessionId: string;
  /** The newest reconnection token. */
  token = '';
  session = new FrameSession('client', compressor);
  ws = new FakeWs();
  /** Colyseus messages received. */
  received: Uint8Array[] = [];

  readonly #upgrade: (ws: FakeWs, url: string) => void;
  #framed = true;
  #incoming = new IncomingState();

  constructor(upgrade: (ws: FakeWs, url: string) => void, roomId: string, sessionId: string) {
    this.#upgrade = upgrade;
    this.roomId = roomId;
    this.sessionId = sessionId;
  }

  get room(): Room {
    return matchMaker.getLocalRoomById(this.roomId);
  }

  /** The join, up to the answer. */
  async connect({ framed = true } = {}): Promise<void> {
    this.#framed = framed;
    this.#open(`sessionId=${this.sessionId}`);
    await settled();
    this.read();
  }

  /** Comes back over a new connection; `token` is the one that it knows. */
  async resume(token = this.token): Promise<void> {
    this.beginResume(token);
    await settled();
    this.read();
    this.flush();
  }

  beginResume(token = this.token): void {
    this.openResume(token);
    this.ws.receive(this.session.beginResume()!);
  }

  /** The upgrade alone. @param epoch that it heard last, where it says so */
  openResume(token: string, epoch?: number | string): void {
    this.session.suspend();
    const said = epoch === undefined ? '' : `&epoch=${epoch}`;
    this.#open(`sessionId=${this.sessionId}&reconnectionToken=${token}&skipHandshake=1${said}`);
  }

  async acknowledgeJoin(): Promise<void> {
    this.say('0a');
    await settled();
    this.read();
  }

  /** Sends Colyseus messages, given in hex. */
  say(...messages: string[]): void {
    for (const message of messages) {
      const body = bytes(message);
      if (!this.#framed) this.ws.receive(body);
      else if (body[0] === 0x13) this.session.post({ type: FrameType.Input, flags: 0, body });
      else this.session.post({ type: FrameType.Colyseus, flags: body[0] === 0x0a ? 0 : FrameFlag.MustAck, body });
    }
    this.flush();
  }

  flush(): void {
    for (const frame of this.session.takeFrames()) this.ws.receive(frame);
  }

  /** Takes what was sent; how many WebSocket messages it was. */
  read(): number {
    const sent = this.ws.take();
    for (const data of sent) {
      const messages = this.#framed ? this.#readFrame(data) : [data];
      for (const message of messages) {
        this.received.push(message);
        if ((message[0]! & 0x1f) === 10) this.token = Buffer.from(message.subarray(2, 2 + message[1]!)).toString();
      }
    }
    return sent.length;
  }

  /** Messages of the room (not state) received since the last time, in hex. */
  heard(): string[] {
    this.read();
    const { received } = this;
    this.received = [];
    return received.filter((message) => message[0] === 0x0d || message[0] === 0x11).map(hex);
  }

  #readFrame(data: Uint8Array): Uint8Array[] {
    const messages = this.session.receive(data).map((message) => this.#incoming.receive(message));
    return messages.filter(isColyseus).map(fromWire);
  }

  #open(query: string): void {
    this.#incoming = new IncomingState();
    this.ws = new FakeWs(this.#framed ? SUBPROTOCOL : '');
    this.#upgrade(this.ws, `/process/${this.roomId}?${query}`);
  }
}

const isColyseus = ({ type }: WireMessage): boolean => type <= FrameType.Input;
