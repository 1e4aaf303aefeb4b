import { TICK_RATE_HZ } from '../../../shared/arena/rules.ts';
import type { Ship } from '../../../shared/arena/state.ts';
import { byId } from '../page.ts';
import { cssColor, hullColor } from '../palette.ts';

/** The own hull at the foot of the page, and the countdown to the next ship in its middle. */
export class OwnPanel {
  #root = byId('own');
  #bar = byId('hull-bar');
  #value = byId('hull-value');
  #respawn = byId('respawn');
  #countdown = byId('respawn-countdown');

  /** @param ship undefined while the page has none */
  show(ship: Ship | undefined): void {
    this.#root.hidden = ship === undefined;
    const wreck = ship !== undefined && ship.respawnIn > 0;
    this.#respawn.hidden = !wreck;
    if (ship === undefined) return;
    this.#bar.style.width = `${ship.hull}%`;
    this.#bar.style.backgroundColor = cssColor(hullColor(ship.hull));
    this.#value.textContent = ship.shield > 0 ? `${ship.hull} · shield` : `${ship.hull}`;
    if (wreck) this.#countdown.textContent = (ship.respawnIn / TICK_RATE_HZ).toFixed(1);
  }
}
