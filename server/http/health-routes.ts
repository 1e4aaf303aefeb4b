import type { Application } from 'express';

export interface HealthView {
  draining(): boolean;
  /** False where Redis is needed and does not answer. */
  redisAvailable(): boolean;
  /** Whether this node may hold another one of the pool lost before long. */
  isWatching(): boolean;
}

/**
 * Adds `/healthz`: the process answers, so leave it alone. `/readyz`: it takes new players; a balancer that finds it does
 * not sends them elsewhere, while those who play here play on. There other nodes read whether it watches them, too.
 */
export function addHealthRoutes(app: Application, view: HealthView): void {
  app.get('/healthz', (_request, response) => void response.json({ status: 'alive' }));
  app.get('/readyz', (_request, response) => {
    const status = view.draining() ? 'draining' : view.redisAvailable() ? 'ready' : 'no redis';
    response.status(status === 'ready' ? 200 : 503).json({ status, watching: view.isWatching() });
  });
}
