import { WebSocket } from 'ws';
import { IncomingState } from '../../client/incoming-state.ts';
import { FrameSession } from '../../shared/session/frame-session.ts';
import { fromWire, MessageCode, messageCode } from '../../shared/wire/colyseus-message.ts';
import { Compressor } from '../../shared/wire/compression.ts';
import { SUBPROTOCOL } from '../../shared/wire/frame.ts';
import { FrameType } from '../../shared/wire/frame-type.ts';
import { nodeDeflate } from './deflate.ts';
import { until } from './until.ts';

const compressor = new Compressor(nodeDeflate);

/**
 * A client without timers: it joins, says what comes of the state, and reads only while a test lets it. It looks for no
 * silence, so that it can be as slow as no client of ours would be for long.
 */
export class RawClient {
  readonly sessionId: string;
  /** Called with each whole state and each patch, as Colyseus has them. */
  onState: (message: Uint8Array) => void = () => {};
  readonly #socket: WebSocket;
  readonly #session = new FrameSession('client', compressor);
  readonly #incoming = new IncomingState();
  #joined = false;

  private constructor(socket: WebSocket, sessionId: string) {
    this.sessionId = sessionId;
    this.#socket = socket;
    socket.on('message', (data: Buffer) => this.#read(data));
  }

  /**
   * Joins over frames, or as a client that does not know them.
   * @param origin host and port
   */
  static async join(origin: string, roomName: string, framed: boolean): Promise<RawClient> {
    const seat = await fetch(`http://${origin}/matchmake/joinOrCreate/${roomName}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{}',
    });
    const { processId, roomId, sessionId } = (await seat.json()) as Record<
      'processId' | 'roomId' | 'sessionId',
      string
    >;
    const url = `ws://${origin}/${processId}/${roomId}?sessionId=${sessionId}`;
    const client = new RawClient(new WebSocket(url, framed ? [SUBPROTOCOL] : []), sessionId);
    await until('the join is answered', () => client.#joined);
    return client;
  }

  get open(): boolean {
    return this.#socket.readyState === WebSocket.OPEN;
  }

  stopReading(): void {
    this.#socket.pause();
  }

  readOn(): void {
    this.#socket.resume();
  }

  end(): void {
    this.#socket.terminate();
  }

  #read(data: Buffer): void {
    if (this.#socket.protocol !== SUBPROTOCOL) return this.#take(data);
    for (const message of this.#session.receive(data)) {
      if (message.type <= FrameType.Delta) this.#take(fromWire(this.#incoming.receive(message)));
    }
  }

  #take(message: Uint8Array): void {
    const code = messageCode(message);
    if (code === MessageCode.JoinRoom) this.#acknowledgeJoin();
    else if (code === MessageCode.RoomState || code === MessageCode.RoomStatePatch) this.onState(message);
  }

  #acknowledgeJoin(): void {
    this.#joined = true;
    const message = Uint8Array.of(MessageCode.JoinRoom);
    if (this.#socket.protocol !== SUBPROTOCOL) return this.#socket.send(message);
    this.#session.post({ type: FrameType.Colyseus, flags: 0, body: message });
    for (const frame of this.#session.takeFrames()) this.#socket.send(frame);
  }
}
