import { existsSync } from 'node:fs';
import path from 'node:path';
import { matchMaker } from '@colyseus/core';
import express from 'express';
import { ArenaRoom } from './arena/arena-room.ts';
import { ConfigError, readConfig } from './config.ts';
import { greeting } from './greeting.ts';
import { addPlayRoutes } from './http/play-routes.ts';
import { createLog } from './log/log.ts';
import { RedisUnavailableError } from './redis/redis-error.ts';
import { serve } from './serve.ts';

/** Where the build puts the arena's page. */
const PAGE = path.join(import.meta.dirname, '..', 'dist', 'arena');

let adminPort: number | undefined;
try {
  const { logLevel, playKill, ...config } = readConfig(process.env);
  adminPort = config.admin.port;
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
  console.error(`velarium: ${explain(error)}`);
  process.exit(1);
}

/** One line for what a person can mend, and the stack only for what they cannot. */
function explain(error: unknown): string {
  if (error instanceof ConfigError) return error.message;
  if (error instanceof RedisUnavailableError) return `Redis does not answer at REDIS_URI: ${String(error.cause)}`;
  const { code, port, stack } = error as NodeJS.ErrnoException & { port?: number };
  const variable = port === adminPort ? 'VELARIUM_ADMIN_PORT' : 'PORT';
  if (code === 'EADDRINUSE') return `port ${port} is in use; set ${variable} to another one`;
  if (code === 'EACCES') return `port ${port} may not be opened by this user; set ${variable} to one above 1023`;
  if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND') return 'VELARIUM_HOST is not an address of this machine';
  return stack ?? String(error);
}
