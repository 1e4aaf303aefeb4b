import { Socket } from 'node:net';

/** What libuv reads at a time. */
const READ_BYTES = 65_536;
/** Of all connections: what is read of one is used up, or copied, before another is read. */
export const sharedMemory = Buffer.allocUnsafeSlow(READ_BYTES);

/**
 * Uses up what it can of the first `length` bytes of `memory`, which are good until it returns.
 * @returns how many it used up
 */
export type Take = (memory: Buffer, length: number) => number;

/**
 * Reads a TCP connection into memory that all connections share. Without it Node allocates 64 KiB for each read, cuts them
 * down to what came, and puts that through the connection's stream, which for a few bytes of input is most of the work.
 * What `take` leaves goes that way as ever, in a copy.
 *
 * Node does it for connections that it opens (`onread` of `net.connect`); a server has no such option, so the connection
 * gets what the option sets.
 *
 * @returns whether it could be set: not with a Node that keeps it elsewhere, nor with TLS; then nothing is changed
 */
export function readShared(socket: Socket, take: Take): boolean {
  const handle = (socket as unknown as { _handle?: { useUserBuffer?(buffer: Buffer): void } | null })._handle;
  const ownBuffer = unsetSymbol(socket, 'kBuffer');
  const callback = unsetSymbol(socket, 'kBufferCb');
  if (socket.constructor !== Socket || ownBuffer === undefined || callback === undefined) return false;
  if (typeof handle?.useUserBuffer !== 'function') return false;

  const slots = socket as unknown as Record<symbol, unknown>;
  slots[ownBuffer] = sharedMemory;
  // Hot: once for what came at a time. False has Node stop reading until the stream has drained.
  slots[callback] = (length: number): boolean => {
    const taken = socket.readableLength === 0 && socket.readableFlowing === true ? take(sharedMemory, length) : 0;
    return taken === length || socket.destroyed || socket.push(Buffer.from(sharedMemory.subarray(taken, length)));
  };
  handle.useUserBuffer(sharedMemory);
  return true;
}

/** A property of Node's own that is there and not in use. */
function unsetSymbol(socket: Socket, description: string): symbol | undefined {
  const symbol = Object.getOwnPropertySymbols(socket).find((own) => own.description === description);
  return symbol !== undefined && (socket as unknown as Record<symbol, unknown>)[symbol] === null ? symbol : undefined;
}
