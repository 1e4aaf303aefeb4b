import { setTimeout as pause } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { matchMaker } from '@colyseus/core';
import type { Application } from 'express';
import { RoomSessions } from '../../../server/session/room-sessions.ts';

/** A room that runs on the node that was asked. */
export interface RoomInsight {
  roomId: string;
  /** Session ids; and of those the ones whose connection is lost. */
  sessions: string[];
  away: string[];
}

/** What a node holds, after a garbage collection. */
export interface Holdings {
  heapBytes: number;
  residentBytes: number;
  /** What its event loop waits for, by kind. */
  handles: Record<string, number>;
  rooms: number;
}

/** Adds what chaos asks a node: which of these rooms it runs, and what it holds. */
export function addInsight(app: Application): void {
  app.get('/insight/rooms', ({ query }, response) => {
    const roomIds = [query['room'] ?? []].flat() as string[];
    const rooms = roomIds.flatMap((roomId): RoomInsight[] => {
      const room = matchMaker.getLocalRoomById(roomId);
      if (room === undefined) return [];
      const sessions = [...RoomSessions.of(room)];
      const idsOf = (of: typeof sessions): string[] => of.map(({ sessionId }) => sessionId);
      return [{ roomId, sessions: idsOf(sessions), away: idsOf(sessions.filter(({ dropped }) => dropped)) }];
    });
    response.json(rooms);
  });
  app.get('/insight/holdings', async (_request, response) => void response.json(await holdings()));
}

async function holdings(): Promise<Holdings> {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  collect();
  await pause(0); // what finalizers let go is gone with the second
  collect();
  const { heapUsed, external, rss } = process.memoryUsage();
  const handles: Record<string, number> = {};
  for (const kind of process.getActiveResourcesInfo()) handles[kind] = (handles[kind] ?? 0) + 1;
  return { heapBytes: heapUsed + external, residentBytes: rss, handles, rooms: matchMaker.stats.local.roomCount };
}
