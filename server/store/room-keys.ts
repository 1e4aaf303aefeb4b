const MAX_ID_BYTES = 256;

/**
 * The keys of a room, in the order in which scripts/room.lua knows them. All lie in one slot of a Redis Cluster, by the
 * room id in braces.
 * @throws {TypeError} an id that would not, or that is empty, longer than 256 bytes or no Unicode
 */
export function roomKeys(roomId: string): string[] {
  checkId('room id', roomId);
  if (/[{}]/.test(roomId)) throw new TypeError(`a room id with braces cannot be kept: ${roomId}`);
  const room = `velarium:{${roomId}}`;
  return [
    `${room}:owner`,
    `${room}:journal`,
    `${room}:seats`,
    `${room}:snapshot`,
    `${room}:snapshot:previous`,
    `${room}:aside:snapshot`,
    `${room}:aside:previous`,
    `${room}:aside:journal`,
  ];
}

export const OWNER_KEY = 0;
/** How many of them, from the first on, are the room's; the others are what was put aside. */
export const LIVING_KEYS = 5;

/** The epochs of a room in which its own code failed, of the last minute. */
export const restartsKey = (roomId: string): string => `velarium:{${roomId}}:restarts`;

/** The ids of the rooms that a node owns; not in a room's slot, so it may be behind, and is mended by who reads it. */
export const nodeRoomsKey = (node: string): string => `velarium:kept-by:${node}`;
/** The process ids that have such a set. */
export const ROOM_NODES_KEY = 'velarium:room-nodes';

/** @throws {TypeError} empty, longer than 256 bytes, or with half a surrogate pair: two of those are stored as one */
export function checkId(what: string, id: string): void {
  const length = Buffer.byteLength(id);
  if (length === 0 || length > MAX_ID_BYTES || !id.isWellFormed()) {
    throw new TypeError(`a ${what} has 1 to ${MAX_ID_BYTES} bytes of Unicode, not ${length}`);
  }
}
