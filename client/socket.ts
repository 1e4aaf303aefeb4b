/** What a connection needs of a WebSocket: the browser's and Node's own, and the link simulator's. */
export interface Socket {
  binaryType: string;
  /** The subprotocol that the server chose, empty if none. */
  readonly protocol: string;
  /** 1 while open. */
  readonly readyState: number;
  onopen: (() => void) | null;
  onmessage: ((event: { data: unknown }) => void) | null;
  onclose: ((event: { code: number; reason: string }) => void) | null;
  onerror: (() => void) | null;
  send(data: Uint8Array): void;
  close(code?: number, reason?: string): void;
}

export type OpenSocket = (url: string, protocols: string[], headers: Record<string, string>) => Socket;

export const SOCKET_OPEN = 1;

/** The platform's WebSocket. Headers reach the server from Node; a browser does not let a page set them. */
export const openWebSocket: OpenSocket = (url, protocols, headers) => {
  const inBrowser = typeof window !== 'undefined';
  // Node's takes an object in place of the protocols; lib.dom does not know that.
  const options = inBrowser ? protocols : ({ protocols, headers } as unknown as string[]);
  return new WebSocket(url, options) as unknown as Socket;
};

/** Ends a socket that nobody listens to any more: nothing of it is heard again, however late it closes. */
export function abandonSocket(socket: Socket): void {
  socket.onopen = socket.onmessage = socket.onclose = null;
  socket.onerror = () => {}; // Node reports an error of a socket without a listener to the console
  socket.close();
}
