import type { Camera } from './camera.ts';

/** Where a frame stands; the same object in every frame. */
export interface Frame {
  /** The frame's timestamp. */
  nowMs: number;
  /** Since the last frame; at most 100, so that nothing leaps after a hitch. */
  dtMs: number;
  /** The server's time that is drawn of everything but the own ship, milliseconds. */
  drawnServerMs: number;
  readonly camera: Camera;
}

/** Drawn positions of everything but the own ship. */
export interface Positions {
  x(body: { x: number }): number;
  y(body: { y: number }): number;
}
