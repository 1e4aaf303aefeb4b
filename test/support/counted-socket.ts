import { openWebSocket, type OpenSocket } from '../../client/socket.ts';

/** WebSocket messages of one type of frame, and their bytes, headers included. */
export interface FrameCount {
  frames: number;
  bytes: number;
}

/** Opens the platform's sockets and counts what they receive, by the type in the frame's header. */
export class CountedSockets {
  readonly received = new Map<number, FrameCount>();
  readonly #flags: { type: number; flags: number }[] = [];

  readonly open: OpenSocket = (...how) => {
    const socket = openWebSocket(...how);
    const target = socket as unknown as EventTarget;
    target.addEventListener('message', (event) => this.#count((event as MessageEvent<ArrayBuffer>).data));
    return socket;
  };

  /** What came in frames of these types. */
  of(...types: number[]): FrameCount {
    const sum = { frames: 0, bytes: 0 };
    for (const type of types) {
      const { frames, bytes } = this.received.get(type) ?? { frames: 0, bytes: 0 };
      sum.frames += frames;
      sum.bytes += bytes;
    }
    return sum;
  }

  /** The flags of the frames of a type, in order. */
  frames(type: number): number[] {
    return this.#flags.filter((frame) => frame.type === type).map(({ flags }) => flags);
  }

  #count(data: ArrayBuffer): void {
    const [type, , , flags] = new Uint8Array(data) as unknown as [number, number, number, number];
    this.#flags.push({ type, flags });
    const count = this.received.get(type) ?? { frames: 0, bytes: 0 };
    this.received.set(type, { frames: count.frames + 1, bytes: count.bytes + data.byteLength });
  }
}
