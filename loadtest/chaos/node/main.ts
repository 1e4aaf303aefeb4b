/** A node of a pool under chaos: as server/main.ts, with an arena that keeps account, and a look inside. Serves no page. */
import { readConfig } from '../../../server/config.ts';
import { greeting } from '../../../server/greeting.ts';
import { createLog } from '../../../server/log/log.ts';
import { serve } from '../../../server/serve.ts';
import { CountingArena } from './counting-arena.ts';
import { addInsight } from './insight.ts';

const { logLevel, ...config } = readConfig(process.env);
const server = await serve({
  rooms: { arena: CountingArena },
  ...config,
  log: createLog(logLevel),
  express: addInsight,
});
console.log(`velarium: ${greeting({ ...config, ...server })}`);
