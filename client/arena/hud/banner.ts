import { byId } from '../page.ts';

/** How the connection is, if it is not well. */
export class Banner {
  #root = byId('banner');
  #text = byId('banner-text');
  #again = byId<HTMLButtonElement>('banner-button');

  hide(): void {
    this.#root.hidden = true;
  }

  /** Something is being tried. */
  busy(text: string): void {
    this.#show(text, 'busy', '');
  }

  /** It is over, unless the player begins anew. @returns when the button is pressed */
  over(text: string, button: string): Promise<void> {
    this.#show(text, 'over', button);
    return new Promise((resolve) => this.#again.addEventListener('click', () => resolve(), { once: true }));
  }

  #show(text: string, className: string, button: string): void {
    this.#root.className = className;
    this.#text.textContent = text;
    this.#again.textContent = button;
    this.#again.hidden = button === '';
    this.#root.hidden = false;
  }
}
