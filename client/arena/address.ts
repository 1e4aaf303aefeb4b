/** What the page's address asks for. */
export interface Address {
  name: string | null;
  /** Bots for a new room; undefined leaves it to the server. */
  bots: number | undefined;
  /** The room to join, as a copied link names it. */
  roomId: string | undefined;
  endpoint: string;
}

export function readAddress(url: URL): Address {
  const of = (name: string): string | null => url.searchParams.get(name);
  const bots = of('bots');
  return {
    name: of('name'),
    bots: bots !== null && /^\d{1,2}$/.test(bots) ? Number(bots) : undefined,
    roomId: of('room') || undefined,
    endpoint: of('endpoint') || url.origin,
  };
}

/** The same address with the joined room in it: copied, it leads others to the same room, under names of their own. */
export function addressOfRoom(url: URL, roomId: string): string {
  const shared = new URL(url);
  shared.searchParams.delete('name');
  shared.searchParams.set('room', roomId);
  return shared.href;
}
