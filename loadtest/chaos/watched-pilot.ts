import type { ArenaPilot } from '../arena-pilot.ts';

/** What one pilot went through since {@link WatchedPilot.begin}. */
export interface Passage {
  roomId: string;
  /** The room's clock as this client saw it last before its connection was lost; undefined where it never was. */
  lostAtElapsedMs: number | undefined;
  /** From {@link WatchedPilot.begin} to the first state after the connection was lost. */
  backAfterMs: number | undefined;
  /** What is not as it was before. */
  broken: string[];
}

/** A pilot of whom it is known who he was. */
export class WatchedPilot {
  readonly pilot: ArenaPilot;
  #sessionId = '';
  #roomId = '';
  #ship: unknown;
  #beganMs = 0;
  #lostAtElapsedMs: number | undefined;
  #backAfterMs: number | undefined;
  #isBack = true;
  #endCode: number | undefined;

  constructor(pilot: ArenaPilot) {
    this.pilot = pilot;
    const { room } = pilot;
    room.onDrop(() => {
      this.#isBack = false;
      this.#lostAtElapsedMs ??= room.clock.lastServerTime();
    });
    room.onReconnect(() => (this.#isBack = true));
    room.onStateChange(() => {
      if (this.#isBack && this.#lostAtElapsedMs !== undefined) this.#backAfterMs ??= performance.now() - this.#beganMs;
    });
    room.onLeave((code) => (this.#endCode = code));
  }

  /** Process id of the node that it plays on, as far as it knows. */
  get processId(): string {
    return new URL(this.pilot.room.connection.url!).pathname.split('/').at(-2)!;
  }

  /** Whether the connection was lost and is back, state and all; or never will be. */
  get isSettled(): boolean {
    return this.#backAfterMs !== undefined || this.#endCode !== undefined;
  }

  begin(): void {
    const { room } = this.pilot;
    this.#sessionId = room.sessionId;
    this.#roomId = room.roomId;
    this.#ship = room.state.ships.get(room.sessionId);
    this.#beganMs = performance.now();
    this.#lostAtElapsedMs = this.#backAfterMs = undefined;
  }

  end(): Passage {
    const { room } = this.pilot;
    const broken: string[] = [];
    const who = `${this.#sessionId} in ${this.#roomId}`;
    if (this.#endCode !== undefined) broken.push(`${who}: the session ended with ${this.#endCode}`);
    else if (this.#backAfterMs === undefined) broken.push(`${who}: not back`);
    if (room.roomId !== this.#roomId || room.sessionId !== this.#sessionId) broken.push(`${who}: is somebody else`);
    const ship: unknown = room.state.ships.get(room.sessionId);
    if (ship === undefined) broken.push(`${who}: has no ship any more`);
    else if (ship !== this.#ship) broken.push(`${who}: has another ship`);
    return {
      roomId: this.#roomId,
      lostAtElapsedMs: this.#lostAtElapsedMs,
      backAfterMs: this.#backAfterMs,
      broken,
    };
  }
}
