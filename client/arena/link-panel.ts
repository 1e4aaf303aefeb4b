import { TogglePanel } from './hud/toggle-panel.ts';
import type { LinkSimulator } from '../link-simulator.ts';
import { byId } from './page.ts';

/** Makes the connection as bad as one likes, to see what becomes of the game. */
export class LinkPanel {
  #link: LinkSimulator;
  #stallTimer: ReturnType<typeof setTimeout> | undefined;
  #cut = byId<HTMLInputElement>('link-cut');
  #stalls = [byId<HTMLButtonElement>('stall-1'), byId<HTMLButtonElement>('stall-5')];

  constructor(link: LinkSimulator) {
    this.#link = link;
    new TogglePanel(byId('link-panel'), byId<HTMLButtonElement>('link-panel-button'), 'KeyL');
    // The slider says what a round trip gains; the link delays each way.
    slider('link-delay', (milliseconds) => (link.delayMs = milliseconds / 2));
    slider('link-jitter', (milliseconds) => (link.jitterMs = milliseconds));
    this.#stalls[0]!.addEventListener('click', () => this.#stall(1000));
    this.#stalls[1]!.addEventListener('click', () => this.#stall(5000));
    this.#cut.addEventListener('change', () => {
      clearTimeout(this.#stallTimer);
      this.#show(this.#cut.checked);
    });
    // A control that keeps the focus would take the arrow keys away from the ship.
    for (const control of byId('link-panel').querySelectorAll<HTMLElement>('input, button')) {
      control.addEventListener('pointerup', () => control.blur());
    }
  }

  #stall(ms: number): void {
    clearTimeout(this.#stallTimer);
    this.#cut.checked = false;
    this.#show(true);
    this.#stallTimer = setTimeout(() => this.#show(false), ms);
  }

  #show(stalled: boolean): void {
    this.#link.stalled = stalled;
    byId('link-panel').classList.toggle('stalled', stalled);
  }
}

function slider(id: string, set: (milliseconds: number) => void): void {
  const input = byId<HTMLInputElement>(id);
  const value = byId(`${id}-value`);
  const apply = (): void => {
    set(input.valueAsNumber);
    value.textContent = `${input.value} ms`;
  };
  input.addEventListener('input', apply);
  apply();
}
