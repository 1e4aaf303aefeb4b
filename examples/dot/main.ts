/** Bundles the page and serves it with the game, on one port: `npm run dot`, or copy it for a game of your own. */
import path from 'node:path';
import { build, stop } from 'esbuild';
import express from 'express';
import { createLog, endWith, readConfig, refuseFlags, serve } from '../../server/index.ts';
import { DotRoom } from './server.ts';

const here = import.meta.dirname;
const pages = path.join(here, '../../dist', path.basename(here));

refuseFlags();
try {
  const { logLevel, ...config } = readConfig(process.env);
  await build({
    entryPoints: [path.join(here, 'page.ts')],
    outdir: pages,
    bundle: true,
    format: 'esm',
    logLevel: 'warning',
  });
  await stop(); // esbuild's own process, which would live on beside the server
  const server = await serve({
    rooms: { dot: DotRoom },
    ...config,
    log: createLog(logLevel),
    express: (app) => {
      app.get('/', (_request, response) => response.sendFile(path.join(here, 'index.html')));
      app.use(express.static(pages));
    },
  });
  console.log(`http://localhost:${server.port}/ - move with the arrow keys, and open a second window`);
} catch (error) {
  endWith(error);
}
