import type { Position, RawRoom } from './stored-room.ts';

type LoadReply = [
  top: Buffer,
  node: Buffer,
  token: Buffer,
  ended: Buffer,
  position: Buffer,
  snapshot: Buffer,
  entries: [id: Buffer, fields: Buffer[]][],
  seats: Buffer[],
];

/** What scripts/load.lua answers. */
export function rawRoom(reply: unknown): RawRoom | undefined {
  if (reply === null) return undefined;
  const [top, node, token, ended, position, snapshot, entries, seatFields] = reply as LoadReply;
  const seats = new Map<string, Uint8Array>();
  for (let i = 0; i < seatFields.length; i += 2) seats.set(seatFields[i]!.toString(), seatFields[i + 1]!);
  return {
    top: readId(top),
    node: node.toString(),
    token: token.toString(),
    ended: ended.length > 0,
    position: position.length > 0 ? readId(position) : undefined,
    snapshot: snapshot.length > 0 ? snapshot : undefined,
    entries: entries.map(([at, [name, bytes]]) => ({
      at: readId(at),
      bytes: name!.toString() === 'o' ? undefined : bytes,
    })),
    seats,
  };
}

function readId(id: Buffer): Position {
  const [epoch, sequence] = id.toString().split('-');
  return { epoch: Number(epoch), sequence: Number(sequence) };
}
