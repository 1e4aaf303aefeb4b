import { Callbacks } from 'colyseus.js';
import { launchShot, shotId, shotOwner } from '../../shared/arena/shot.ts';
import type { ArenaConnection } from './arena-connection.ts';
import type { Controls } from './controls.ts';
import { Later } from './later.ts';
import { Prediction } from './prediction.ts';
import type { Frame } from './scene/frame.ts';
import type { Scene } from './scene/scene.ts';
import type { ShownShip } from './scene/ship-layer.ts';

const MAX_FRAME_MS = 100;
/** Beyond the round trip, until the server's word on an own shot counts as missing. */
const SHOT_PATIENCE_MS = 450;

/** Joins a room to the scene: what the state says, at the time at which it is drawn. */
export class Game {
  readonly prediction: Prediction;
  /** Frames drawn. */
  frames = 0;
  /** State updates applied. */
  updates = 0;

  #room: ArenaConnection;
  #scene: Scene;
  #controls: Controls;
  #later = new Later();
  #frame: Frame;

  constructor(room: ArenaConnection, scene: Scene, controls: Controls) {
    this.#room = room;
    this.#scene = scene;
    this.#controls = controls;
    this.#frame = { nowMs: performance.now(), dtMs: 0, drawnServerMs: 0, camera: scene.camera };
    this.prediction = new Prediction(room, (inputSequence, ship) => {
      const shot = launchShot(ship, { x: 0, y: 0, vx: 0, vy: 0 });
      scene.shots.predict(shotId(room.sessionId, inputSequence), shot, this.#colorOf(room.sessionId));
    });
    this.#watchShips();
    this.#watchShots();
    this.#watchRocks();
    this.#watchPickups();
    room.onStateChange(() => {
      this.updates++;
      const serverMs = room.clock.lastServerTime();
      scene.ships.sample(serverMs);
      scene.rocks.sample(serverMs);
    });
  }

  /** Hot: once a frame. @param nowMs the frame's timestamp */
  draw(nowMs: number): void {
    const { prediction } = this;
    const frame = this.#frame;
    frame.dtMs = Math.min(MAX_FRAME_MS, Math.max(0, nowMs - frame.nowMs));
    frame.nowMs = nowMs;
    prediction.frame(nowMs, this.#controls);
    frame.drawnServerMs = prediction.drawnServerMs;
    this.#later.run(nowMs);
    this.#scene.draw(frame, prediction, prediction.own?.pose, this.#room.clock.smoothedRtt() + SHOT_PATIENCE_MS);
    this.frames++;
  }

  /** When what arrives now will be what is drawn, on the frames' clock. */
  #shownAtMs(): number {
    return performance.now() + this.prediction.viewDelayMs;
  }

  #colorOf(shipId: string): number {
    return this.#scene.ships.get(shipId)?.color ?? 0xffffff;
  }

  #watchShips(): void {
    const { ships } = this.#scene;
    const callbacks = Callbacks.get(this.#room);
    callbacks.onAdd('ships', (ship, id) => {
      ships.add(id, ship, id === this.#room.sessionId);
      const shown = ships.get(id)!;
      callbacks.listen(ship, 'hull', () => this.#settle(shown), false);
      callbacks.listen(ship, 'respawnIn', () => this.#settle(shown), false);
    });
    callbacks.onRemove('ships', (_ship, id) => ships.remove(id));
  }

  /** The own ship is drawn ahead of the server: what befalls it is shown at once. */
  #settle(shown: ShownShip): void {
    const { ship } = shown;
    const hull = ship.hull;
    const alive = ship.respawnIn === 0;
    if (hull === shown.hull && alive === shown.alive) return;
    const atMs = shown.own ? 0 : this.#shownAtMs();
    if (atMs === 0) this.#scene.ships.settle(shown, hull, alive, document.hidden);
    else this.#later.at(atMs, (stale) => this.#scene.ships.settle(shown, hull, alive, stale));
  }

  #watchShots(): void {
    const { shots } = this.#scene;
    const callbacks = Callbacks.get(this.#room);
    callbacks.onAdd('shots', (shot, id) => shots.add(id, shot, this.#shownAtMs(), this.#colorOf(shotOwner(id))));
    callbacks.onRemove('shots', (_shot, id) => {
      const ended = shots.retire(id);
      if (ended !== undefined) this.#later.at(this.#shownAtMs(), (stale) => shots.end(ended, stale));
    });
  }

  #watchRocks(): void {
    const { rocks } = this.#scene;
    const callbacks = Callbacks.get(this.#room);
    callbacks.onAdd('rocks', (rock, id) => rocks.add(id, rock, this.#shownAtMs()));
    callbacks.onRemove('rocks', (_rock, id) => {
      const gone = rocks.retire(id);
      if (gone !== undefined) this.#later.at(this.#shownAtMs(), (stale) => rocks.burst(gone, stale));
    });
  }

  #watchPickups(): void {
    const { pickups } = this.#scene;
    const callbacks = Callbacks.get(this.#room);
    callbacks.onAdd('pickups', (pickup, id) => pickups.add(id, pickup));
    callbacks.onRemove('pickups', (_pickup, id) => pickups.remove(id));
  }
}
