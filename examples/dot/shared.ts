import { schema, t } from '@colyseus/schema';
import { fixed, live } from '../../shared/live/live.ts';

export const Dot = live({ x: fixed(0.01), y: fixed(0.01) }, 'Dot');
export const DotState = schema({ dots: t.map(Dot) }, 'DotState');
export const DotInput = schema({ dx: t.int8(), dy: t.int8() }, 'DotInput');

/** One tick of one dot: the same function on the server and, ahead of it, on the client. */
export function step(dot: { x: number; y: number }, input: { dx: number; dy: number }): void {
  dot.x += 2 * input.dx;
  dot.y += 2 * input.dy;
}
