import { type Moved, readMoved } from '../shared/wire/control.ts';
import { FRAME_HEADER_BYTES, readFrameHeader } from '../shared/wire/frame.ts';
import { FrameType } from '../shared/wire/frame-type.ts';
import { WireError } from '../shared/wire/wire-error.ts';

/** Nodes that may send a connection on, one to the next, before the way is taken for a circle. */
const MAX_HOPS = 3;

/** Counts how far nodes that do not have the room have sent a connection on. PROTOCOL.md K7. */
export class Hops {
  #count = 0;

  /** The session has arrived, or this attempt to bring it back is over. */
  reset(): void {
    this.#count = 0;
  }

  /** @returns whether one more may be followed */
  next(): boolean {
    this.#count++;
    return this.#count <= MAX_HOPS;
  }
}

/**
 * The MOVED that is all that a node says which does not have the room: no session's frame, since it knows none.
 * @returns undefined where the frame is another one
 * @throws {WireError} it is a MOVED that breaks the rules
 */
export function readMovedAlone(frame: Uint8Array): Moved | undefined {
  if (frame[0] !== FrameType.Moved) return undefined;
  const { sequence } = readFrameHeader(frame, 'client');
  if (sequence !== 0) throw new WireError('sequence-jump', 1, `sequence ${sequence} where 0 is next`);
  return readMoved(frame.subarray(FRAME_HEADER_BYTES));
}

/**
 * The same request to where the room is (K4): host, port and path of the address, then the last two parts as they were.
 * @throws {WireError} the address is none
 */
export function movedUrl(from: string, { address, roomId, reconnectionToken }: Moved): string {
  const url = new URL(from);
  const process = url.pathname.split('/').at(-2) ?? '';
  if (address !== '') {
    const there = URL.parse(`${url.protocol}//${address}`);
    if (there === null || there.username !== '' || there.search !== '' || there.hash !== '') {
      throw new WireError('bad-text', 4, 'a MOVED to no address');
    }
    url.host = there.host;
    url.port = there.port;
    url.pathname = there.pathname.replace(/\/$/, '');
  } else {
    url.pathname = url.pathname.split('/').slice(0, -2).join('/');
  }
  url.pathname = `${url.pathname.replace(/\/$/, '')}/${process}/${encodeURIComponent(roomId)}`;
  if (reconnectionToken !== '') url.searchParams.set('reconnectionToken', reconnectionToken);
  return url.toString();
}
