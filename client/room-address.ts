import type { Moved } from '../shared/wire/control.ts';
import { WireError } from '../shared/wire/wire-error.ts';

/** Nodes that may send a connection on, one to the next, before the way is taken for a circle. */
const MAX_HOPS = 3;

/**
 * Where the session's room is, as far as is known: nodes that do not have it send a connection on, which counts as one
 * attempt. PROTOCOL.md K7.
 */
export class RoomAddress {
  #url = '';
  #attemptUrl = '';
  #hops = 0;

  /** Of the session, for as long as no node says otherwise. */
  get url(): string {
    return this.#url;
  }

  /** Of the attempt of now. */
  get attemptUrl(): string {
    return this.#attemptUrl;
  }

  begin(url: string): void {
    this.#url = url;
    this.#attemptUrl = url;
  }

  /** The room is at another node, as a matchmaker says: where its URL begins, up to and with the room id. */
  move(url: string): void {
    const to = new URL(url);
    to.search = new URL(this.#url).search;
    this.#url = to.toString();
  }

  /** A new attempt, with what the room is to know of who comes back. */
  comeBack(parameters: Record<string, unknown>): void {
    const url = new URL(this.#url);
    for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, String(value));
    this.#attemptUrl = url.toString();
  }

  /** The session has arrived, or this attempt to bring it back is over. */
  settle(): void {
    this.#hops = 0;
  }

  /**
   * @returns whether there is to be gone; not after too many
   * @throws {WireError} the address is none
   */
  sendOn(moved: Moved): boolean {
    this.#hops++;
    if (this.#hops > MAX_HOPS) return false;
    this.#attemptUrl = movedUrl(this.#attemptUrl, moved);
    this.#url = movedUrl(this.#url, { ...moved, reconnectionToken: '' });
    return true;
  }
}

/**
 * The same request to where the room is (K4): host, port and path of the address, then process and room.
 * @throws {WireError} the address is none
 */
function movedUrl(from: string, { address, processId, roomId, reconnectionToken }: Moved): string {
  const url = new URL(from);
  const process = processId === '' ? (url.pathname.split('/').at(-2) ?? '') : encodeURIComponent(processId);
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
