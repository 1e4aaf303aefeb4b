import type { Bot, BotEvents, BotPlan } from './bot.ts';
import { CountedSocket } from './counted-socket.ts';

/** On nothing but a WebSocket: sends as many bytes as an input has, reads a count of them from what comes. */
export class BareBot implements Bot {
  readonly roomId: string;
  readonly epoch = 0;
  readonly returns = 0;
  acknowledged = 0;
  readonly #socket: CountedSocket;
  readonly #input: Uint8Array;
  #sent = 0;

  private constructor(socket: CountedSocket, roomId: string, { inputBytes }: BotPlan, events: BotEvents) {
    this.#socket = socket;
    this.roomId = roomId;
    this.#input = new Uint8Array(inputBytes);
    socket.on('message', (data: ArrayBuffer) => {
      this.acknowledged = new DataView(data).getUint32(0);
      events.onUpdate();
    });
    socket.on('close', (code) => {
      if (code !== 1000) events.onError(`closed (${code})`);
      events.onEnd();
    });
  }

  static async join(plan: BotPlan, events: BotEvents): Promise<Bot> {
    const roomId = plan.roomId ?? plan.name;
    const socket = new CountedSocket(`${plan.endpoint.replace(/^http/, 'ws')}/${encodeURIComponent(roomId)}`);
    socket.binaryType = 'arraybuffer';
    await new Promise<void>((resolve, reject) => {
      socket.on('open', () => resolve());
      socket.on('error', reject);
    });
    socket.on('error', () => {}); // a close follows
    return new BareBot(socket, roomId, plan, events);
  }

  send(): number {
    if (this.#socket.readyState !== CountedSocket.OPEN) return 0;
    this.#socket.send(this.#input);
    return ++this.#sent;
  }

  leave(): Promise<void> {
    this.#socket.close(1000);
    return Promise.resolve();
  }
}
