import type { NodeLine } from './node-line.ts';

/** What a node says in its log of a room that it took over. */
export interface Takeover {
  roomId: string;
  /** Where the room's clock stood in what the node before had written down. */
  elapsedMs: number;
}

/** @returns undefined where the line says something else */
export function takeoverOf({ message, fields }: NodeLine): Takeover | undefined {
  if (message !== 'room taken over') return undefined;
  return { roomId: fields['room'] as string, elapsedMs: fields['elapsedMs'] as number };
}
