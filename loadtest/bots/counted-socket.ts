import { WebSocket } from 'ws';

/** WebSocket messages of all sockets of this process, and their payloads. */
export interface Traffic {
  bytesIn: number;
  messagesIn: number;
  bytesOut: number;
  messagesOut: number;
}

/** Of this process, since its start. */
export const traffic: Traffic = { bytesIn: 0, messagesIn: 0, bytesOut: 0, messagesOut: 0 };

interface Options {
  protocols?: string | string[];
  headers?: Record<string, string>;
}

/**
 * A WebSocket that counts, in the place of the platform's. It is the one of ws: Node's own takes about twice the CPU, and
 * the generator would be the first to run out of it. It takes what Node's takes.
 */
export class CountedSocket extends WebSocket {
  constructor(url: string | URL, how: string | string[] | Options = {}) {
    const { protocols, headers } =
      typeof how === 'string' || Array.isArray(how) ? { protocols: how } : (how as Options);
    super(url, protocols ?? [], {
      perMessageDeflate: false,
      ...(headers === undefined ? {} : { headers }),
    });
    this.on('message', (data: ArrayBuffer | Buffer) => {
      traffic.messagesIn++;
      traffic.bytesIn += data.byteLength;
    });
  }

  override send(data: Uint8Array): void {
    traffic.messagesOut++;
    traffic.bytesOut += data.byteLength;
    // Copied: ws masks in place, and the SDK sends from a buffer that it uses again.
    super.send(data);
  }
}
