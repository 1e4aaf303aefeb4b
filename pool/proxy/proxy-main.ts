import { parentPort, workerData } from 'node:worker_threads';
import { NodeWatch } from './node-watch.ts';
import { PoolProxy } from './pool-proxy.ts';
import type { FromProxy, ProxyData, ToProxy } from './proxy-thread.ts';
import { RouteFinder } from './route-finder.ts';

/** What a ProxyThread runs. */

let living: readonly string[] = [];
let turn = 0;
const watching = new NodeWatch({ nodes: () => living });
const routes = new RouteFinder({
  nodes: inTurn,
  adminToken: (workerData as ProxyData).adminToken,
  now: () => performance.now(),
});
const proxy = new PoolProxy({ nodes: inTurn, routes, isSilent: (address) => watching.isSilent(address) });

parentPort!.on('message', (message: ToProxy) => {
  if (message.kind === 'nodes') living = message.living;
  else if (message.kind === 'listen') void listen(message).then((went) => parentPort!.postMessage(went));
  else {
    watching.stop();
    proxy.stopListening();
  }
});

/** Nodes that live, each of them first in turn; those that stand still come last. */
function inTurn(): string[] {
  const first = turn++ % Math.max(1, living.length);
  return watching.silentLast([...living.slice(first), ...living.slice(0, first)]);
}

/** Never rejects. */
async function listen({ port, host }: ToProxy & { kind: 'listen' }): Promise<FromProxy> {
  try {
    await proxy.listen(port, host);
    watching.start();
    return { port: proxy.port };
  } catch (error) {
    const { message, code, port: wanted } = error as NodeJS.ErrnoException & { port?: number };
    return {
      error: { message, ...(code === undefined ? {} : { code }), ...(wanted === undefined ? {} : { port: wanted }) },
    };
  }
}
