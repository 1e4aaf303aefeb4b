import { CloseCode } from 'colyseus.js';
// `import type`: an import with types in braces would stay behind as a plain import of the server's code.
import type { ArenaRoom } from '../../server/arena/arena-room.ts';
import { connect } from '../connect.ts';
import type { LinkSimulator } from '../link-simulator.ts';
import { openWebSocket, type Socket } from '../socket.ts';
import type { Address } from './address.ts';
import type { ArenaConnection } from './arena-connection.ts';

/**
 * Joins the room that the address names, or any that has a seat, or a new one. A named room that is gone is no error.
 * Whoever leaves the page leaves the room: no ship stays behind until the server has given up waiting for him.
 */
export async function joinArena(address: Address, name: string, link: LinkSimulator): Promise<ArenaConnection> {
  const join = address.bots === undefined ? { name } : { name, bots: address.bots };
  let socket: Socket | undefined;
  const options = {
    room: 'arena',
    join,
    link,
    openSocket: (...how: Parameters<typeof openWebSocket>) => (socket = openWebSocket(...how)),
  };
  const room = await joinNamedOrAny(address, options);
  window.addEventListener('pagehide', (event) => {
    if (event.persisted) return; // it may be shown again as it is, and comes back to its session by itself
    room.connection.close(CloseCode.CONSENTED);
    // A simulated delay would hold that back for longer than this page has.
    socket?.close(CloseCode.CONSENTED);
  });
  return room;
}

async function joinNamedOrAny(
  { endpoint, roomId }: Address,
  options: Parameters<typeof connect>[1],
): Promise<ArenaConnection> {
  if (roomId !== undefined) {
    try {
      return await connect<ArenaRoom>(endpoint, { ...options, roomId });
    } catch (error) {
      console.info(`room ${roomId}: ${String(error)}; joining another`);
    }
  }
  return await connect<ArenaRoom>(endpoint, options);
}
