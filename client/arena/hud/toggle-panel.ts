/** A panel that a button and a key (a `KeyboardEvent.code`) open and close. */
export class TogglePanel {
  readonly root: HTMLElement;
  #button: HTMLButtonElement;
  #onToggle: (open: boolean) => void;

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
  }

  get open(): boolean {
    return !this.root.hidden;
  }

  toggle(): void {
    this.root.hidden = !this.root.hidden;
    this.#button.setAttribute('aria-pressed', String(this.open));
    this.#onToggle(this.open);
  }
}
