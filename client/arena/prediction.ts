import { Callbacks, type InputHandle, Predict } from 'colyseus.js';
import { ArenaInput } from '../../shared/arena/input.ts';
import { TICK_RATE_HZ } from '../../shared/arena/rules.ts';
import type { ArenaState } from '../../shared/arena/state.ts';
import type { ArenaConnection } from './arena-connection.ts';
import { type Command, IDLE } from './command.ts';
import type { Controls } from './controls.ts';
import { type OnFire, OwnShip } from './own-ship.ts';
import { TickAccumulator } from './tick-accumulator.ts';
import { ViewClock } from './view-clock.ts';

/** A body that is this much farther on in one update was moved, not flown. World units. */
const TELEPORT_DISTANCE = 200;

/**
 * Where everything is drawn: the own ship ahead of the server, all else a little behind it.
 *
 * A frame is: `frame()` corrects the own ship, sends one input for each tick that is due (each moves the own ship) and
 * poses it; then the scene reads `own` and `x()`, `y()`. In this order: what is read before the inputs are sent is a
 * tick old.
 */
export class Prediction {
  readonly input: InputHandle<ArenaInput>;
  own: OwnShip | undefined;
  /** Corrections of the own ship since the page joined; see {@link OwnShip.corrections}. */
  get corrections(): number {
    return this.#earlierCorrections + (this.own?.corrections ?? 0);
  }

  #room: ArenaConnection;
  #predict: Predict<ArenaState>;
  #ticks: TickAccumulator;
  #view: ViewClock;
  /** Whether the last input went out: if not, the ship waits where it is. */
  #flows = false;
  #earlierCorrections = 0;
  #lastMs: number | undefined;

  constructor(room: ArenaConnection, onFire: OnFire) {
    this.#room = room;
    this.input = room.input<ArenaInput>({ type: ArenaInput, mode: 'reliable' });
    this.#ticks = new TickAccumulator(this.input.stepMs ?? 1000 / TICK_RATE_HZ);
    this.#view = new ViewClock(room.clock);
    // The whole delay is in the view clock. What is drawn keeps the 0 of this moment; the default, which `frame` sets
    // anew, only tells the server how far behind a gunner's picture is.
    this.#predict = Predict.get(room, { mode: 'lerp', delay: 0, clock: this.#view }) as unknown as Predict<ArenaState>;
    for (const bodies of ['ships', 'shots', 'rocks'] as const) {
      this.#predict.attachAll(bodies, { mode: 'lerp', fields: ['x', 'y'], snap: TELEPORT_DISTANCE });
    }
    room.onStateChange(() => this.#view.arrived(performance.now(), room.clock.lastServerTime()));
    const callbacks = Callbacks.get(room);
    callbacks.onAdd('ships', (ship, id) => {
      if (id !== room.sessionId) return;
      this.#forgetOwn();
      this.own = new OwnShip(this.#predict, ship, this.input, onFire);
    });
    callbacks.onRemove('ships', (_ship, id) => {
      if (id === room.sessionId) this.#forgetOwn();
    });
  }

  /** How long after its arrival an update is what is drawn, milliseconds. */
  get viewDelayMs(): number {
    return Math.min(500, Math.max(0, this.#room.clock.lastServerTime() - this.#view.drawnMs));
  }

  /** The server's time that is drawn now; the axis of AngleTrack samples. */
  get drawnServerMs(): number {
    return this.#view.drawnMs;
  }

  /** Hot: once a frame. @param nowMs the frame's timestamp */
  frame(nowMs: number, controls: Controls): void {
    const dtMs = nowMs - (this.#lastMs ?? nowMs);
    this.#lastMs = nowMs;

    this.#view.frame(nowMs);
    this.#predict.setDefaults({ mode: 'lerp', delay: this.#view.lagMs });
    this.own?.beforeTick();
    this.#predict.tick(nowMs);
    this.own?.afterTick(dtMs);

    const due = this.#ticks.advance(nowMs);
    const command = controls.read(this.own?.predicted.heading ?? 0);
    const own = this.own;
    if (own === undefined) return;
    for (let i = 0; i < due; i++) {
      this.#flows = !this.#isFarAhead() && this.#send(command);
      controls.ticked();
    }
    own.draw(command, this.#flows ? this.#ticks.fraction : 0);
  }

  /** Sends one input that holds nothing: the page is about to be hidden and will send no more for a while. */
  letGo(controls: Controls): void {
    controls.releaseAll();
    if (this.own !== undefined) this.#send(IDLE);
  }

  /** Drawn position of anything but the own ship. */
  x(body: { x: number }): number {
    return this.#predict.value(body, 'x');
  }

  y(body: { y: number }): number {
    return this.#predict.value(body, 'y');
  }

  /** @returns false, with nothing sent and nothing moved, while the connection is down */
  #send(command: Command): boolean {
    const { data } = this.input;
    data.turn = command.turn;
    data.thrust = command.thrust;
    data.fire = command.fire;
    return this.input.send() > 0;
  }

  /**
   * As many inputs are unanswered as the SDK keeps for replay (1.5 s): the line stands still. More could not be
   * replayed, and the server would not take them in one go: the ship waits.
   */
  #isFarAhead(): boolean {
    return this.input.pendingCount >= this.input.replayBufferSize - 1;
  }

  #forgetOwn(): void {
    this.#earlierCorrections += this.own?.corrections ?? 0;
    this.own?.dispose();
    this.own = undefined;
  }
}
