import type { Controls, ShipBody, Table } from '../../../shared/arena/bodies.ts';
import type { Random } from '../../../shared/arena/random.ts';
import { cosine, sine } from '../../../shared/arena/trig.ts';

const FIRE_UNITS = 600;
const KEEP_OFF_UNITS = 200;
const CRUISE_SPEED = 250;

/** Flies one ship about as a person would: picks a ship, turns towards it, follows it, shoots at it. */
export class ArenaAutopilot {
  readonly #id: string;
  readonly #random: Random;
  /** Ticks until it thinks again. */
  #thinkIn = 0;
  #prey = '';
  /** It is not always on the trigger, and not always at the throttle. */
  #fires = false;
  #coasts = false;

  constructor(id: string, random: Random) {
    this.#id = id;
    this.#random = random;
  }

  fly(self: ShipBody, ships: Table<ShipBody>): Controls {
    this.#thinkIn -= 1;
    if (this.#thinkIn <= 0) this.#think(ships);
    const prey = ships.get(this.#prey) ?? self;
    const toX = prey.x - self.x;
    const toY = prey.y - self.y;
    const apart = Math.max(Math.hypot(toX, toY), 1);
    const off = (cosine(self.heading) * toY - sine(self.heading) * toX) / apart;
    const ahead = cosine(self.heading) * toX + sine(self.heading) * toY > 0;
    const slow = self.vx ** 2 + self.vy ** 2 < CRUISE_SPEED ** 2;
    return {
      turn: ahead && Math.abs(off) < 0.05 ? 0 : Math.sign(off),
      thrust: !this.#coasts && ahead && slow && apart > KEEP_OFF_UNITS,
      fire: this.#fires && ahead && Math.abs(off) < 0.15 && apart < FIRE_UNITS,
    };
  }

  #think(ships: Table<ShipBody>): void {
    this.#thinkIn = this.#random.between(20, 150);
    this.#fires = this.#random.below(3) > 0;
    this.#coasts = this.#random.below(4) === 0;
    const others: string[] = [];
    ships.forEach((_, id) => {
      if (id !== this.#id) others.push(id);
    });
    this.#prey = others[this.#random.below(others.length)] ?? '';
  }
}
