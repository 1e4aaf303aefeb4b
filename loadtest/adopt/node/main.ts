/** A node for `npm run bench:adopt`: as server/main.ts, and it opens rooms, and lets them rest, as it is told. Serves no page. */
import { matchMaker } from '@colyseus/core';
import { readConfig } from '../../../server/config.ts';
import { greeting } from '../../../server/greeting.ts';
import { createLog } from '../../../server/log/log.ts';
import { serve } from '../../../server/serve.ts';
import { addInsight } from '../../chaos/node/insight.ts';
import { RestingArena } from './resting-arena.ts';

const playing = new Set<RestingArena>();

const { logLevel, ...config } = readConfig(process.env);
const server = await serve({
  rooms: { arena: RestingArena },
  ...config,
  log: createLog(logLevel),
  express: (app) => {
    addInsight(app);
    app.post('/bench/rooms', async ({ query }, response) => {
      const roomIds: string[] = [];
      for (let i = 0; i < Number(query['count']); i++) {
        const { roomId } = await matchMaker.handleCreateRoom('arena', { bots: Number(query['bots']) });
        const room = matchMaker.getLocalRoomById(roomId) as unknown as RestingArena;
        room.autoDispose = false;
        playing.add(room);
        roomIds.push(roomId);
      }
      response.json(roomIds);
    });
    app.post('/bench/rest', (_request, response) => {
      for (const room of playing) room.rest();
      playing.clear();
      response.end();
    });
  },
});
console.log(`velarium: ${greeting({ ...config, ...server })}`);
