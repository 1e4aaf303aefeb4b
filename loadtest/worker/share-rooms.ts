export interface Share {
  rooms: number[];
  /** Number of its first bot among all. */
  firstBot: number;
}

/** Deals whole rooms out to workers, as evenly as it goes; no more workers than rooms. */
export function shareRooms(rooms: readonly number[], workers: number): Share[] {
  const shares: Share[] = [];
  const count = Math.min(workers, rooms.length);
  let firstBot = 0;
  for (let i = 0; i < count; i++) {
    const from = Math.floor((i * rooms.length) / count);
    const share = rooms.slice(from, Math.floor(((i + 1) * rooms.length) / count));
    shares.push({ rooms: share, firstBot });
    firstBot += share.reduce((sum, clients) => sum + clients, 0);
  }
  return shares;
}
