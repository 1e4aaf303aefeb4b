import { type BestScore, isBestScore } from '../../../shared/arena/best-score.ts';
import { cssColor, shipColor } from '../palette.ts';
import { element } from '../page.ts';

/** The best of all arenas, this one included. Hidden while nobody has a point. */
export class BestList {
  #root: HTMLElement;
  #rows: HTMLElement;

  constructor(root: HTMLElement) {
    this.#root = root;
    element('h2', '', root, 'best of all arenas');
    this.#rows = element('ol', '', root);
  }

  /** @param message as it came */
  show(message: unknown): void {
    const best: BestScore[] = Array.isArray(message) ? message.filter(isBestScore) : [];
    this.#root.hidden = best.length === 0;
    this.#rows.replaceChildren();
    for (const { name, color, score } of best) {
      const row = element('li', '', this.#rows);
      element('span', 'swatch', row).style.backgroundColor = cssColor(shipColor(color));
      element('span', 'name', row, name);
      element('span', 'score', row, `${score}`);
    }
  }
}
