import { monitor } from '@colyseus/monitor';
import type { Application, NextFunction, Request, Response, Router } from 'express';
import type { Registry } from 'prom-client';
import type { PoolNode } from '../node/node-registry.ts';
import { MoveError, type MoveErrorCode } from '../mover/move-error.ts';
import { RedisUnavailableError } from '../redis/redis-error.ts';
import { adminAccess, type AdminOptions } from './admin-access.ts';

export interface AdminView {
  metrics: Registry;
  nodes(): readonly PoolNode[];
  /** @param to process id; undefined for the node with the most headroom @returns where the room is now @throws {MoveError} */
  moveRoom(roomId: string, to?: string): Promise<string>;
  /** Where a WebSocket to this process and room goes inside the pool. */
  addressOfRoom(processId: string, roomId: string): Promise<string | undefined>;
  /** Which room and node a session belongs to. */
  homeOf(sessionId: string): Promise<object | undefined>;
}

const MOVE_STATUS: Readonly<Record<MoveErrorCode, number>> = {
  'not-here': 404,
  busy: 409,
  'no-target': 409,
  refused: 409,
  lost: 409,
  'no-answer': 504,
  'not-written': 503,
};

const REFUSALS = {
  'token-wanted': 'the token is wanted: VELARIUM_ADMIN_TOKEN, as a bearer token or as the password',
  'local-only': 'only from this machine, unless VELARIUM_ADMIN_TOKEN or VELARIUM_ADMIN_PORT is set',
  'cross-site': 'not from a page of another site',
} as const;

/**
 * Adds what is for whoever runs the servers: `/metrics`, `/monitor` and `/admin`.
 * @param drain takes no new rooms from now on, has those that are here move, and ends. Resolves when the pool knows
 */
export function addAdminRoutes(
  app: Application,
  options: AdminOptions,
  view: AdminView,
  drain: () => Promise<void>,
): void {
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
    await drain();
    response.json(view.nodes()[0]);
  });
  app.post('/admin/rooms/:roomId/move', async ({ params, query }, response) => {
    const { roomId } = params;
    const { to } = query;
    const node =
      typeof to === 'string' ? view.nodes().find((known) => [known.processId, known.address].includes(to)) : undefined;
    if (to !== undefined && node === undefined) return void response.status(404).json({ error: 'no such node' });
    response.json({ roomId, processId: await view.moveRoom(roomId, node?.processId) });
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
    if (error instanceof MoveError) {
      response.status(MOVE_STATUS[error.code]).json({ error: error.message, code: error.code });
    } else if (error instanceof RedisUnavailableError) response.status(error.code).json({ error: error.message });
    else next(error);
  });
}
