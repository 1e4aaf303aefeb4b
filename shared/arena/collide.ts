import type { Point } from './bodies.ts';

/** Whether two circles with centres `a` and `b` and radii that sum up to `reach` touch. */
export function touches(a: Point, b: Point, reach: number): boolean {
  const dx = a.x - b.x;
  const dy = a.y - b.y;
  return dx * dx + dy * dy <= reach * reach;
}

/** Whether a point on its way from (fromX, fromY) to (toX, toY) comes within `reach` of `target`. */
export function sweeps(fromX: number, fromY: number, toX: number, toY: number, target: Point, reach: number): boolean {
  const wayX = toX - fromX;
  const wayY = toY - fromY;
  const length2 = wayX * wayX + wayY * wayY;
  const along = length2 === 0 ? 0 : ((target.x - fromX) * wayX + (target.y - fromY) * wayY) / length2;
  const nearest = along < 0 ? 0 : along > 1 ? 1 : along;
  const dx = fromX + wayX * nearest - target.x;
  const dy = fromY + wayY * nearest - target.y;
  return dx * dx + dy * dy <= reach * reach;
}
