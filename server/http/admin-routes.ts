import { monitor } from '@colyseus/monitor';
import type { Application, NextFunction, Request, Response, Router } from 'express';
import type { Registry } from 'prom-client';
import type { PoolNode } from '../node/node-registry.ts';
import { RedisUnavailableError } from '../redis/redis-error.ts';
import { adminAccess, type AdminOptions } from './admin-access.ts';

export interface AdminView {
  metrics: Registry;
  nodes(): readonly PoolNode[];
  /** Takes no new rooms from now on. */
  drain(): Promise<void>;
  /** Where a WebSocket to this process and room goes inside the pool. */
  addressOfRoom(processId: string, roomId: string): Promise<string | undefined>;
  /** Which room and node a session belongs to. */
  homeOf(sessionId: string): Promise<object | undefined>;
}

const REFUSALS = {
  'token-wanted': 'the token is wanted: VELARIUM_ADMIN_TOKEN, as a bearer token or as the password',
  'local-only': 'only from this machine, unless VELARIUM_ADMIN_TOKEN or VELARIUM_ADMIN_PORT is set',
  'cross-site': 'not from a page of another site',
} as const;

/** Adds what is for whoever runs the servers: `/metrics`, `/monitor` and `/admin`. */
export function addAdminRoutes(app: Application, options: AdminOptions, view: AdminView): void {
  const guard = (request: Request, response: Response, next: NextFunction): void => {
    const access = adminAccess(options, request);
    response.set('cache-control', 'no-store');
    if (access === 'granted') return next();
    const isUnknown = access === 'token-wanted';
    if (isUnknown) response.set('www-authenticate', 'Basic realm="velarium", charset="UTF-8"');
    response.status(isUnknown ? 401 : 403).json({ error: REFUSALS[access] });
  };
  app.use(['/metrics', '/monitor', '/admin'], guard);

  app.get('/metrics', async (_request, response) => {
    response.type(view.metrics.contentType).send(await view.metrics.metrics());
  });
  app.use('/monitor', monitor() as unknown as Router);

  app.get('/admin/nodes', (_request, response) => void response.json(view.nodes()));
  app.post('/admin/drain', async (_request, response) => {
    await view.drain();
    response.json(view.nodes()[0]);
  });
  app.get('/admin/sessions/:sessionId', async ({ params }, response) => {
    const home = await view.homeOf(params.sessionId);
    if (home === undefined) response.status(404).json({ error: 'no such session' });
    else response.json(home);
  });
  // For a balancer: where does a WebSocket to this path go?
  app.get('/admin/route/:processId/:roomId', async ({ params }, response) => {
    const address = await view.addressOfRoom(params.processId, params.roomId);
    if (address === undefined) response.status(404).json({ error: 'no such room' });
    else response.set('x-velarium-node', address).json({ address });
  });
  app.use('/admin', (error: unknown, _request: Request, response: Response, next: NextFunction) => {
    if (error instanceof RedisUnavailableError) response.status(error.code).json({ error: error.message });
    else next(error);
  });
}
