import { Predict } from 'colyseus.js';
import { connect } from '../../client/index.ts';
import type { DotRoom } from './server.ts'; // `import type`, or a bundler takes the server in
import { step } from './shared.ts';

export async function play(endpoint: string) {
  const room = await connect<DotRoom>(endpoint, { room: 'dot' });
  const input = room.input();
  const predict = Predict.get(room);
  const me = room.state.dots.get(room.sessionId)!;
  predict.attachAll('dots', { fields: ['x', 'y'] });
  const own = predict.reconciler(me, { input, fields: ['x', 'y'], step: (_context, dot, keys) => step(dot, keys) });
  /** Call it every frame. It sends an input for each tick that is due; the own dot moves at once. */
  const frame = (dx: number, dy: number): void => {
    for (let due = predict.tick(performance.now()); due > 0; due--) {
      input.data.dx = dx;
      input.data.dy = dy;
      input.send();
    }
  };
  /** Where to draw a dot: the own one ahead of the server, the others between two of its states. */
  const at = (dot: typeof me) => ({ x: predict.value(dot, 'x'), y: predict.value(dot, 'y') });
  return { room, me, own, frame, at };
}
