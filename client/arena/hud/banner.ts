import { byId } from '../page.ts';

/** How the connection is, if it is not well. */
export class Banner {
  #root = byId('banner');
  #text = byId('banner-text');
  #again = byId<HTMLButtonElement>('play-again');

  constructor() {
    // A new page is the cleanest new start: nothing of the old session is left.
    this.#again.addEventListener('click', () => location.reload());
  }

  hide(): void {
    this.#root.hidden = true;
  }

  /** Something is being tried. */
  busy(text: string): void {
    this.#show(text, 'busy', false);
  }

  /** It is over, unless the player begins anew. */
  over(text: string): void {
    this.#show(text, 'over', true);
  }

  #show(text: string, className: string, again: boolean): void {
    this.#root.className = className;
    this.#text.textContent = text;
    this.#again.hidden = !again;
    this.#root.hidden = false;
  }
}
