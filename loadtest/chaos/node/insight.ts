import { setTimeout as pause } from 'node:timers/promises';
import { getHeapSpaceStatistics, setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { matchMaker } from '@colyseus/core';
import type { Application } from 'express';
import { countPromised } from '../../../server/room/colyseus-internals.ts';
import { RoomSessions } from '../../../server/session/room-sessions.ts';

/** A room that runs on the node that was asked. */
export interface RoomInsight {
  roomId: string;
  /** Session ids; and of those the ones whose connection is lost. */
  sessions: string[];
  away: string[];
  /** Seats that were promised to clients who have not come yet. */
  promised: number;
}

/** What a node holds, after a garbage collection. */
export interface Holdings {
  /** Without what is compiled of its code, which is more and more for as long as it runs. */
  heapBytes: number;
  residentBytes: number;
  /** What its event loop waits for, by kind; without the connection that asks. */
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
      const away = idsOf(sessions.filter(({ dropped }) => dropped));
      return [{ roomId, sessions: idsOf(sessions), away, promised: countPromised(room) }];
    });
    response.json(rooms);
  });
  app.get('/insight/holdings', async (_request, response) => void response.json(await holdings()));
}

/** Machine code, and the bytecode of functions. */
const HOLDS_CODE = /code|trusted/;

async function holdings(): Promise<Holdings> {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  collect();
  await pause(0); // what finalizers let go is gone with the second
  collect();
  const { external, rss } = process.memoryUsage();
  const data = getHeapSpaceStatistics().filter(({ space_name }) => !HOLDS_CODE.test(space_name));
  const heapUsed = data.reduce((sum, { space_used_size }) => sum + space_used_size, 0);
  const handles: Record<string, number> = { TCPSocketWrap: -1 };
  for (const kind of process.getActiveResourcesInfo()) handles[kind] = (handles[kind] ?? 0) + 1;
  return { heapBytes: heapUsed + external, residentBytes: rss, handles, rooms: matchMaker.stats.local.roomCount };
}
