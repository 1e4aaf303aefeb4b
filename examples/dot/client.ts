import { Predict } from 'colyseus.js';
import { connect } from '../../client/index.ts';
import type { DotRoom } from './server.ts';
import { step } from './shared.ts';

export async function play(endpoint: string) {
  const room = await connect<DotRoom>(endpoint, { room: 'dot' });
  const input = room.input();
  await new Promise<void>((resolve) => room.onStateChange.once(() => resolve()));
  const predict = Predict.get(room);
  const me = room.state.dots.get(room.sessionId)!;
  const own = predict.reconciler(me, { input, fields: ['x', 'y'], step: (_context, dot, keys) => step(dot, keys) });
  /** Once for each tick of 1/60 s: the own dot moves at once, the server's answer only confirms it. */
  const tick = (dx: number, dy: number): void => {
    predict.tick(performance.now());
    input.data.dx = dx;
    input.data.dy = dy;
    input.send();
  };
  return { room, me, own, tick };
}
