import { element } from './page.ts';

/** Pixels from the thumb's start to the rim of the stick. */
const STICK_RADIUS_PX = 56;

/**
 * The left half of the screen is a stick that begins where the thumb comes down, the right half fires.
 * Made on touch devices only; the page without it has no pads.
 */
export class TouchPads {
  /** The thumb's distance from its start, 1 at the rim and never more. */
  x = 0;
  y = 0;
  firing = false;

  #root: HTMLElement;
  #stick: HTMLElement;
  #knob: HTMLElement;
  #fire: HTMLElement;
  #steeringPointer: number | undefined;
  #firingPointer: number | undefined;
  #startX = 0;
  #startY = 0;

  static wanted(target: Window): boolean {
    return target.matchMedia('(pointer: coarse)').matches;
  }

  constructor(parent: HTMLElement) {
    this.#root = element('div', 'touch', parent);
    this.#stick = element('div', 'stick', this.#root);
    this.#knob = element('div', 'knob', this.#stick);
    this.#fire = element('div', 'fire-pad', this.#root, 'FIRE');
    this.#root.addEventListener('pointerdown', (event) => this.#onDown(event));
    this.#root.addEventListener('pointermove', (event) => this.#onMove(event));
    for (const end of ['pointerup', 'pointercancel'] as const) {
      this.#root.addEventListener(end, (event) => this.#onUp(event));
    }
    this.#root.addEventListener('contextmenu', (event) => event.preventDefault());
  }

  release(): void {
    this.#steeringPointer = undefined;
    this.#firingPointer = undefined;
    this.firing = false;
    this.#point(0, 0);
    this.#fire.classList.remove('held');
    this.#stick.classList.remove('held');
  }

  #onDown(event: PointerEvent): void {
    event.preventDefault();
    this.#root.setPointerCapture(event.pointerId);
    if (event.clientX < this.#root.clientWidth / 2) {
      this.#steeringPointer = event.pointerId;
      this.#startX = event.clientX;
      this.#startY = event.clientY;
      this.#stick.style.left = `${event.clientX}px`;
      this.#stick.style.top = `${event.clientY}px`;
      this.#stick.classList.add('held');
    } else {
      this.#firingPointer = event.pointerId;
      this.firing = true;
      this.#fire.classList.add('held');
    }
  }

  #onMove(event: PointerEvent): void {
    if (event.pointerId !== this.#steeringPointer) return;
    const dx = (event.clientX - this.#startX) / STICK_RADIUS_PX;
    const dy = (event.clientY - this.#startY) / STICK_RADIUS_PX;
    const reach = Math.max(1, Math.hypot(dx, dy));
    this.#point(dx / reach, dy / reach);
  }

  #onUp(event: PointerEvent): void {
    if (event.pointerId === this.#steeringPointer) {
      this.#steeringPointer = undefined;
      this.#point(0, 0);
      this.#stick.classList.remove('held');
    }
    if (event.pointerId === this.#firingPointer) {
      this.#firingPointer = undefined;
      this.firing = false;
      this.#fire.classList.remove('held');
    }
  }

  #point(x: number, y: number): void {
    this.x = x;
    this.y = y;
    this.#knob.style.transform = `translate(${x * STICK_RADIUS_PX}px, ${y * STICK_RADIUS_PX}px)`;
  }
}
