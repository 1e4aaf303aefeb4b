import { GraphicsContext } from 'pixi.js';

/** The outlines below are drawn for a ship of this radius. */
export const SHIP_ART_RADIUS = 16;

/**
 * Outlines shared by all ships, nose along +x. Drawn once, in white and greys: each ship tints its own copy.
 */
export class ShipArt {
  readonly hull = new GraphicsContext()
    // wings
    .poly([2, -5, -8, -14, -14, -13, -9, -4])
    .fill(0x9a9a9a)
    .poly([2, 5, -8, 14, -14, 13, -9, 4])
    .fill(0x9a9a9a)
    // body
    .poly([19, 0, 6, -5.5, -8, -6, -12, -3, -12, 3, -8, 6, 6, 5.5])
    .fill(0xffffff)
    // the shaded side of the body
    .poly([19, 0, -12, 0, -12, 3, -8, 6, 6, 5.5])
    .fill(0xd2d2d2)
    // engine
    .poly([-12, -3.4, -14.5, -2.4, -14.5, 2.4, -12, 3.4])
    .fill(0x6e6e6e);

  readonly canopy = new GraphicsContext()
    .poly([10, 0, 5, -2.6, -1, -2.2, -2.4, 0, -1, 2.2, 5, 2.6])
    .fill(0x0c1424)
    .poly([8.6, -0.4, 5, -2, 0, -1.6, 0, -0.6])
    .fill({ color: 0xffffff, alpha: 0.55 });

  /** From x = 0 backwards, 20 long at full thrust. */
  readonly flame = new GraphicsContext()
    .poly([0, -3.6, -8, -2.6, -20, 0, -8, 2.6, 0, 3.6])
    .fill({ color: 0xffa04a, alpha: 0.75 })
    .poly([0, -2.2, -6, -1.4, -12, 0, -6, 1.4, 0, 2.2])
    .fill({ color: 0xfff3c4, alpha: 0.95 });

  readonly shield = new GraphicsContext()
    .circle(0, 0, 25)
    .fill({ color: 0xffffff, alpha: 0.07 })
    .circle(0, 0, 25)
    .stroke({ width: 1.6, color: 0xffffff, alpha: 0.8 });
}
