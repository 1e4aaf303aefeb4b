import { GraphicsContext } from 'pixi.js';
import { PICKUP_COLORS } from '../palette.ts';

/** Signs in a ring, by `Pickup.kind`: a cross repairs, a star is worth points, a shield shields. */
export function pickupArt(): GraphicsContext[] {
  const ring = (color: number): GraphicsContext =>
    new GraphicsContext().circle(0, 0, 13).fill({ color, alpha: 0.12 }).circle(0, 0, 13).stroke({ width: 2, color });
  const [repair, points, shield] = PICKUP_COLORS;
  return [
    ring(repair).rect(-1.8, -6.5, 3.6, 13).rect(-6.5, -1.8, 13, 3.6).fill(repair),
    ring(points).star(0, 0, 5, 7.5, 3.4).fill(points),
    ring(shield).poly([0, -7.5, 6.5, -4.5, 5.5, 2.5, 0, 7.5, -5.5, 2.5, -6.5, -4.5]).fill(shield),
  ];
}
