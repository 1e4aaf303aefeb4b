/** What a node says in its log of a room that it took over. */
export interface Takeover {
  roomId: string;
  /** Where the room's clock stood in what the node before had written down. */
  elapsedMs: number;
}

/** @returns undefined where the line says something else */
export function takeoverOf(line: string): Takeover | undefined {
  const json = /\{.*"msg":"room taken over"\}$/.exec(line)?.[0];
  if (json === undefined) return undefined;
  const { room, elapsedMs } = JSON.parse(json) as { room: string; elapsedMs: number };
  return { roomId: room, elapsedMs };
}
