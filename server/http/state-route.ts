import type { Application } from 'express';
import type { CachedState } from '../directory/state-cache.ts';
import { RedisUnavailableError } from '../redis/redis-error.ts';

export interface StateView {
  /** What the room has published of its state, wherever it is. */
  stateOf(roomId: string): Promise<CachedState | undefined>;
}

const ROOM_ID = /^[\w-]{1,64}$/;

/**
 * Adds `GET /rooms/ROOMID/state`: what the room has published, which asks nothing of the room. `Age` says its age in
 * seconds, as HTTP has it, and `X-Velarium-Age-Ms` in milliseconds.
 */
export function addStateRoute(app: Application, view: StateView): void {
  app.get('/rooms/:roomId/state', async ({ params }, response) => {
    try {
      const state = ROOM_ID.test(params.roomId) ? await view.stateOf(params.roomId) : undefined;
      if (state === undefined) {
        response.status(404).json({ error: 'no such room, or it does not publish its state' });
        return;
      }
      response.set({
        age: String(Math.floor(state.ageMs / 1_000)),
        'x-velarium-age-ms': String(Math.round(state.ageMs)),
        'cache-control': 'no-cache',
      });
      response.type('application/json').send(state.json);
    } catch (error) {
      if (!(error instanceof RedisUnavailableError)) throw error;
      response.status(error.code).json({ error: error.message });
    }
  });
}
