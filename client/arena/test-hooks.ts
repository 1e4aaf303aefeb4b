import type { ArenaConnection } from './arena-connection.ts';
import type { Controls } from './controls.ts';
import type { Game } from './game.ts';
import type { LinkSimulator } from '../link-simulator.ts';
import type { Scene } from './scene/scene.ts';

/** A ship's motion: world units, units a second, heading in 1/4096 turns. */
export interface HookedShip {
  x: number;
  y: number;
  vx: number;
  vy: number;
  heading: number;
  thrusting: boolean;
}

/** `window.arena`: what browser tests see and do. Made once the room is joined; no part of the game uses it. */
export interface ArenaHooks {
  readonly room: ArenaConnection;
  /** The own ship as drawn in the last frame; undefined while there is none. */
  me(): HookedShip | undefined;
  /** The own ship as predicted, exact: one step for each input sent. */
  predicted(): HookedShip | undefined;
  /** The own ship as the server last said. */
  authoritative(): HookedShip | undefined;
  /** Another ship as drawn in the last frame. */
  remote(sessionId: string): { x: number; y: number } | undefined;
  /** The server's time at which everything but the own ship was drawn in the last frame, milliseconds. */
  readonly drawnServerMs: number;
  /**
   * The largest difference between `predicted()` and `authoritative()` over x, y, vx, vy and heading. While the ship
   * moves they differ by what is under way; 0 when they agree, as they do once it has come to rest.
   */
  drift(): number;
  /** Times the own ship's prediction was put right. */
  readonly corrections: number;
  /** Frames drawn. */
  readonly frames: number;
  /** State updates applied. */
  readonly updates: number;
  /** The link simulator below the connection. */
  readonly link: LinkSimulator;
  /** Presses or lets go of a key, by its `KeyboardEvent.code` (`ArrowLeft`, `KeyW`, `Space`). */
  press(key: string, down: boolean): void;
}

declare global {
  interface Window {
    arena?: ArenaHooks;
  }
}

export function installTestHooks(
  room: ArenaConnection,
  game: Game,
  scene: Scene,
  controls: Controls,
  link: LinkSimulator,
): void {
  window.arena = {
    room,
    link,
    me: () => motionOf(game.prediction.own?.pose),
    predicted: () => motionOf(game.prediction.own?.predicted),
    authoritative: () => motionOf(game.prediction.own?.ship),
    remote: (sessionId) => {
      const pose = scene.ships.get(sessionId)?.pose;
      return pose && { x: pose.x, y: pose.y };
    },
    get drawnServerMs() {
      return game.prediction.drawnServerMs;
    },
    drift: () => game.prediction.own?.drift() ?? 0,
    get corrections() {
      return game.prediction.corrections;
    },
    get frames() {
      return game.frames;
    },
    get updates() {
      return game.updates;
    },
    press: (key, down) => controls.press(key, down),
  };
}

function motionOf(ship: HookedShip | undefined): HookedShip | undefined {
  if (ship === undefined) return undefined;
  const { x, y, vx, vy, heading, thrusting } = ship;
  return { x, y, vx, vy, heading, thrusting };
}
