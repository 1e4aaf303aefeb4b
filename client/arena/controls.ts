import type { Command } from './command.ts';
import { HeldKeys } from './held-keys.ts';
import { steer } from './stick.ts';
import type { TouchPads } from './touch-pads.ts';

/** Joins the keyboard and the touch pads into one command. */
export class Controls {
  /** What is held now; the same object in every frame. */
  readonly command: Command = { turn: 0, thrust: false, fire: false };

  #keys = new HeldKeys();
  #pads: TouchPads | undefined;

  constructor(pads?: TouchPads) {
    this.#pads = pads;
  }

  listen(target: Window): void {
    const onKey = (event: KeyboardEvent): void => {
      if (event.target instanceof HTMLInputElement || event.ctrlKey || event.metaKey || event.altKey) return;
      // Without this, space would press the button that was clicked last, and arrows would scroll.
      if (this.#keys.press(event.code, event.type === 'keydown')) event.preventDefault();
    };
    target.addEventListener('keydown', onKey);
    target.addEventListener('keyup', onKey);
    // The keyup goes to whoever has the focus then: without this the ship would thrust on for ever.
    target.addEventListener('blur', () => this.releaseAll());
  }

  /** @param key a `KeyboardEvent.code`, as `ArrowLeft` or `KeyW` */
  press(key: string, down: boolean): void {
    this.#keys.press(key, down);
  }

  releaseAll(): void {
    this.#keys.releaseAll();
    this.#pads?.release();
  }

  /** Reads what is held into {@link command}. @param heading the own ship's, in 1/4096 turns */
  read(heading: number): Command {
    const command = this.command;
    command.turn = 0;
    command.thrust = false;
    command.fire = false;
    const pads = this.#pads;
    if (pads !== undefined) {
      steer(command, pads.x, pads.y, heading);
      command.fire = pads.firing;
    }
    this.#keys.addTo(command);
    return command;
  }

  /** To be called when a tick has taken the command. */
  ticked(): void {
    this.#keys.ticked();
  }
}
