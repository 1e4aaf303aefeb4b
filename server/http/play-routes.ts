import type { Application, Response } from 'express';

export interface PlayOptions {
  /** Whether players may kill this node, to see their rooms go on elsewhere. */
  kill: boolean;
  /** What the pool calls this node. */
  processId(): string;
  /** Ends this process at once, with nothing put in order. */
  die(): void;
}

/**
 * Adds what a page may ask a server that was started for play: `GET /play` says what there is, `POST
 * /play/kill/PROCESSID/ROOMID` kills the node of that process id, as a power cut would. The room is for a proxy in front,
 * which finds the node by it. Pages of other origins are refused before, as all that changes something (`guardHttp`).
 */
export function addPlayRoutes(app: Application, { kill, processId, die }: PlayOptions): void {
  app.get('/play', (_request, response: Response) => void response.set('cache-control', 'no-store').json({ kill }));
  if (!kill) return;
  app.post('/play/kill/:processId/:roomId', ({ params }, response) => {
    // It came to another node than the page plays on: a room has moved since.
    if (params.processId !== processId()) return void response.status(409).json({ error: 'that is another server' });
    response.once('finish', die);
    response.status(202).json({});
  });
}
