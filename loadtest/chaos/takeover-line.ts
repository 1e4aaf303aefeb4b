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

/** Whether the node found another one dead. As in server/node/failover-line.ts. */
export const tellsOfLoss = ({ message }: NodeLine): boolean => message.startsWith('a server of the pool is gone');
