/** Seconds of the ship's flight that the camera looks ahead. */
const LOOK_AHEAD_S = 0.32;
/** The camera closes 63 % of its distance in this time. */
const FOLLOW_MS = 140;
/** The ship stays within this share of the smaller half of the view. */
const LEASH = 0.5;
/** A farther target (a respawn) is cut to, not flown to. World units. */
const CUT_DISTANCE = 900;
/** Windows of this size (the geometric mean of both sides, in CSS pixels) draw a world unit as one pixel. */
const REFERENCE_PX = 960;
const MIN_ZOOM = 0.62;
const MAX_ZOOM = 2.2;

/** What part of the world is seen: follows a ship with a little delay and a look ahead, and never lets it leave the view. */
export class Camera {
  x = 0;
  y = 0;
  /** CSS pixels a world unit. */
  zoom = 1;
  widthPx = 1;
  heightPx = 1;

  #placed = false;

  resize(widthPx: number, heightPx: number): void {
    this.widthPx = widthPx;
    this.heightPx = heightPx;
    this.zoom = Math.min(MAX_ZOOM, Math.max(MIN_ZOOM, Math.sqrt(widthPx * heightPx) / REFERENCE_PX));
  }

  /** Hot: once a frame. Positions in world units, velocities in units a second. */
  follow(x: number, y: number, vx: number, vy: number, dtMs: number): void {
    if (!this.#placed || Math.hypot(x - this.x, y - this.y) > CUT_DISTANCE) {
      this.#placed = true;
      this.x = x;
      this.y = y;
      return;
    }
    const share = 1 - Math.exp(-dtMs / FOLLOW_MS);
    const leash = (LEASH * Math.min(this.widthPx, this.heightPx)) / 2 / this.zoom;
    this.x = near(this.x + (x + vx * LOOK_AHEAD_S - this.x) * share, x, leash);
    this.y = near(this.y + (y + vy * LOOK_AHEAD_S - this.y) * share, y, leash);
  }

  screenX(worldX: number): number {
    return (worldX - this.x) * this.zoom + this.widthPx / 2;
  }

  screenY(worldY: number): number {
    return (worldY - this.y) * this.zoom + this.heightPx / 2;
  }
}

function near(value: number, centre: number, reach: number): number {
  return Math.min(centre + reach, Math.max(centre - reach, value));
}
