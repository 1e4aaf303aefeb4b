// `import type`: an import with types in braces would stay behind as a plain import of the server's code.
import type { ArenaRoom } from '../../server/arena/arena-room.ts';
import { connect } from '../connect.ts';
import type { Address } from './address.ts';
import type { ArenaConnection } from './arena-connection.ts';
import type { LinkSimulator } from '../link-simulator.ts';

/** Joins the room that the address names, or any that has a seat, or a new one. A named room that is gone is no error. */
export async function joinArena(address: Address, name: string, link: LinkSimulator): Promise<ArenaConnection> {
  const join = address.bots === undefined ? { name } : { name, bots: address.bots };
  const options = { room: 'arena', join, link };
  if (address.roomId !== undefined) {
    try {
      const named = { ...options, roomId: address.roomId };
      return await connect<ArenaRoom>(address.endpoint, named);
    } catch (error) {
      console.info(`room ${address.roomId}: ${String(error)}; joining another`);
    }
  }
  return await connect<ArenaRoom>(address.endpoint, options);
}
