// `import type`: an import with types in braces would stay behind as a plain import of the server's code.
import type { ArenaRoom } from '../../server/arena/arena-room.ts';
import type { ConnectedRoom } from '../connect.ts';

/** The room as the page has it: state, inputs and messages typed by the server's room. */
export type ArenaConnection = ConnectedRoom<ArenaRoom>;
