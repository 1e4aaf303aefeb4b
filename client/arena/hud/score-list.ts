import type { Ship } from '../../../shared/arena/state.ts';
import { cssColor, shipColor } from '../palette.ts';
import { element } from '../page.ts';

/** Rows on the page; the own one is always among them. */
const MOST_ROWS = 8;

interface Row {
  root: HTMLElement;
  rank: HTMLElement;
  swatch: HTMLElement;
  name: HTMLElement;
  score: HTMLElement;
}

export interface Standing {
  id: string;
  ship: Ship;
  own: boolean;
}

/** Who has how many points, the best first. */
export class ScoreList {
  #rows: Row[] = [];
  #order: Standing[] = [];

  constructor(parent: HTMLElement) {
    for (let i = 0; i < MOST_ROWS; i++) {
      const root = element('li', '', parent);
      this.#rows.push({
        root,
        rank: element('span', 'rank', root),
        swatch: element('span', 'swatch', root),
        name: element('span', 'name', root),
        score: element('span', 'score', root),
      });
    }
  }

  show(ships: readonly Standing[]): void {
    const order = this.#order;
    order.length = 0;
    for (const standing of ships) order.push(standing);
    // Equal scores keep one order, or the rows would dance.
    order.sort((a, b) => b.ship.score - a.ship.score || (a.id < b.id ? -1 : 1));
    const own = order.findIndex((standing) => standing.own);
    for (let i = 0; i < MOST_ROWS; i++) {
      const place = i === MOST_ROWS - 1 && own >= MOST_ROWS ? own : i;
      fill(this.#rows[i]!, place, order[place]);
    }
  }
}

function fill(row: Row, place: number, standing: Standing | undefined): void {
  row.root.hidden = standing === undefined;
  if (standing === undefined) return;
  row.root.classList.toggle('own', standing.own);
  row.root.classList.toggle('bot', standing.ship.bot);
  write(row.rank, `${place + 1}`);
  write(row.name, standing.ship.name);
  write(row.score, `${standing.ship.score}`);
  row.swatch.style.backgroundColor = cssColor(shipColor(standing.ship.color));
}

/** Touches the page only where something changed. */
function write(target: HTMLElement, text: string): void {
  if (target.textContent !== text) target.textContent = text;
}
