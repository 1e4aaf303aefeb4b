/** Where two panels side by side would cover the game; style.css has the same words. */
const CROWDED = '(max-width: 900px), (max-height: 500px)';

/** A panel that a button and a key (a `KeyboardEvent.code`) open and close. On a small screen one is open at a time. */
export class TogglePanel {
  readonly root: HTMLElement;
  #button: HTMLButtonElement;
  #onToggle: (open: boolean) => void;
  #crowded = window.matchMedia(CROWDED);

  constructor(root: HTMLElement, button: HTMLButtonElement, key: string, onToggle: (open: boolean) => void = () => {}) {
    this.root = root;
    this.#button = button;
    this.#onToggle = onToggle;
    button.addEventListener('click', () => {
      this.toggle();
      button.blur(); // or the space bar would press it again
    });
    window.addEventListener('keydown', (event) => {
      if (event.code !== key || event.repeat || event.ctrlKey || event.metaKey || event.altKey) return;
      if (event.target instanceof HTMLInputElement && event.target.type === 'text') return;
      this.toggle();
    });
    // The others hear of it without being known: the one that is opened takes the place.
    root.parentElement!.addEventListener('panelopen', (event) => {
      if (event.target !== root && this.#crowded.matches) this.#set(false);
    });
    this.#crowded.addEventListener('change', () => {
      if (this.open) this.#announce();
    });
  }

  get open(): boolean {
    return !this.root.hidden;
  }

  toggle(): void {
    this.#set(!this.open);
    if (this.open) this.#announce();
  }

  #set(open: boolean): void {
    if (open === this.open) return;
    this.root.hidden = !open;
    this.#button.setAttribute('aria-pressed', String(open));
    this.#onToggle(open);
  }

  #announce(): void {
    this.root.dispatchEvent(new Event('panelopen', { bubbles: true }));
  }
}
