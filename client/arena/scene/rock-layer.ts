import { Container, Graphics } from 'pixi.js';
import { headingRadians } from '../../../shared/arena/heading.ts';
import type { Rock } from '../../../shared/arena/state.ts';
import { AngleTrack } from '../angle-track.ts';
import type { Effects } from './effects.ts';
import type { Frame, Positions } from './frame.ts';
import { Pool } from './pool.ts';
import type { Radar } from './radar.ts';
import { RockArt } from './rock-art.ts';

export interface ShownRock {
  readonly id: string;
  readonly rock: Rock;
  /** Radius in world units; the rock itself may be gone before its picture is. */
  readonly radius: number;
  /** When to begin to draw it. */
  fromMs: number;
  /** Gone at the server: it stays where it was until the picture has come to its end. */
  gone: boolean;
  track: AngleTrack;
  view: Graphics;
}

export class RockLayer {
  readonly layer = new Container();
  readonly rocks: ShownRock[] = [];

  #art = new RockArt();
  #views = new Pool(this.layer, () => new Graphics());
  #effects: Effects;
  #radar: Radar;

  constructor(effects: Effects, radar: Radar) {
    this.#effects = effects;
    this.#radar = radar;
  }

  /** @param fromMs when to begin to draw it */
  add(id: string, rock: Rock, fromMs: number): void {
    const view = this.#views.take();
    view.context = this.#art.outline(rock.shape, rock.radius);
    view.visible = false;
    view.position.set(rock.x, rock.y);
    this.rocks.push({ id, rock, radius: rock.radius, fromMs, gone: false, track: new AngleTrack(), view });
  }

  /** The server has no such rock any more; its picture stays until {@link burst}. */
  retire(id: string): ShownRock | undefined {
    const shown = this.rocks.find((candidate) => candidate.id === id && !candidate.gone);
    if (shown !== undefined) shown.gone = true;
    return shown;
  }

  burst(shown: ShownRock, stale: boolean): void {
    const index = this.rocks.indexOf(shown);
    if (index < 0) return;
    this.rocks.splice(index, 1);
    if (!stale && shown.view.visible) this.#effects.shatter(shown.view.x, shown.view.y, shown.radius);
    this.#views.give(shown.view);
  }

  /** To be called after each update of the state. @param serverMs the update's time on the server */
  sample(serverMs: number): void {
    for (const { track, rock, gone } of this.rocks) if (!gone) track.push(serverMs, rock.angle);
  }

  /** Hot: once a frame. */
  update(frame: Frame, positions: Positions): void {
    for (const shown of this.rocks) {
      const { view, rock } = shown;
      if (!shown.gone) {
        view.visible = frame.nowMs >= shown.fromMs;
        view.position.set(positions.x(rock), positions.y(rock));
        view.rotation = headingRadians(shown.track.at(frame.drawnServerMs));
      }
      if (view.visible) this.#radar.dot(view.x, view.y, 3 + shown.radius / 12, 0x8c9ab8, 0.55);
    }
  }
}
