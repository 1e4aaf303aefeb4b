import { existsSync } from 'node:fs';
import path from 'node:path';
import { matchMaker } from '@colyseus/core';
import express from 'express';
import { ArenaRoom } from './arena/arena-room.ts';
import { ConfigError } from './config-error.ts';
import { readConfig } from './config.ts';
import { endWith } from './end-with.ts';
import { greeting } from './greeting.ts';
import { addPlayRoutes } from './http/play-routes.ts';
import { createLog } from './log/log.ts';
import { serve } from './serve.ts';
import { refuseFlags } from './usage.ts';

/** Where the build puts the arena's page. */
const PAGE = path.join(import.meta.dirname, '..', 'dist', 'arena');

refuseFlags();
try {
  const { logLevel, playKill, ...config } = readConfig(process.env);
  if (!existsSync(path.join(PAGE, 'index.html'))) throw new ConfigError('the page is not built: npm run build');
  const server = await serve({
    rooms: { arena: ArenaRoom },
    ...config,
    log: createLog(logLevel),
    express: (app) => {
      addPlayRoutes(app, {
        kill: playKill,
        processId: () => matchMaker.processId,
        die: () => process.kill(process.pid, 'SIGKILL'),
      });
      app.use(express.static(PAGE));
    },
  });
  console.log(`velarium: ${greeting({ ...config, ...server })}`);
} catch (error) {
  endWith(error);
}
