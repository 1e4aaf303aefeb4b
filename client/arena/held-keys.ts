import type { Command } from './command.ts';

type Action = 'left' | 'right' | 'thrust' | 'fire';

/** By `KeyboardEvent.code`, so that WASD stays where it is on every keyboard layout. */
const ACTION_OF_KEY: Readonly<Record<string, Action>> = {
  ArrowLeft: 'left',
  KeyA: 'left',
  ArrowRight: 'right',
  KeyD: 'right',
  ArrowUp: 'thrust',
  KeyW: 'thrust',
  Space: 'fire',
};

/**
 * Which keys are down. A key that went down and up between two ticks still counts for the next one, so no tap is lost;
 * two keys of one action are told apart, so letting go of one does not end the other.
 */
export class HeldKeys {
  #down = new Set<string>();
  #tapped = new Set<string>();

  /** @param key a `KeyboardEvent.code`. @returns whether the game uses this key */
  press(key: string, down: boolean): boolean {
    if (ACTION_OF_KEY[key] === undefined) return false;
    if (down) {
      this.#down.add(key);
      this.#tapped.add(key);
    } else {
      this.#down.delete(key);
    }
    return true;
  }

  releaseAll(): void {
    this.#down.clear();
    this.#tapped.clear();
  }

  /** Adds what is held to `command`; left and right together cancel out. Hot: once a frame, allocates nothing. */
  addTo(command: Command): void {
    const turn = (this.#holds('right') ? 1 : 0) - (this.#holds('left') ? 1 : 0);
    if (turn !== 0) command.turn = turn;
    command.thrust ||= this.#holds('thrust');
    command.fire ||= this.#holds('fire');
  }

  /** To be called when a tick has taken the command: taps are spent. */
  ticked(): void {
    this.#tapped.clear();
  }

  #holds(action: Action): boolean {
    for (const key of this.#down) if (ACTION_OF_KEY[key] === action) return true;
    for (const key of this.#tapped) if (ACTION_OF_KEY[key] === action) return true;
    return false;
  }
}
