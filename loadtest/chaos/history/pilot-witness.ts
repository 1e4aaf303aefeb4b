import type { Room } from 'colyseus.js';
import type { FramedConnection } from '../../../client/framed-connection.ts';
import type { ArenaPilot } from '../../arena-pilot.ts';
import type { SessionAccount } from '../node/counting-arena.ts';
import { ClientHistory } from './client-history.ts';
import type { ClientPicture } from './picture.ts';

/** From one numbered message of a client to its next. */
const SAYS_EVERY_MS = 200;

/** Sees what one pilot sees, and has it say numbers to its room, which keeps account of them. */
export class PilotWitness {
  readonly history: ClientHistory;
  readonly #pilot: ArenaPilot;
  readonly #timer: ReturnType<typeof setInterval>;
  readonly #ship: unknown;
  #isBack = true;
  #silent = false;

  constructor(pilot: ArenaPilot, name: string) {
    const { room } = pilot;
    this.#pilot = pilot;
    this.history = new ClientHistory(name);
    this.#ship = this.#ownShip();
    this.history.add({ kind: 'joined', ...this.#here() });
    room.onStateChange(() => this.#seen());
    room.onDrop((code) => {
      this.#isBack = false;
      this.history.add({ kind: 'dropped', atMs: performance.now(), code });
    });
    room.onReconnect(() => {
      this.#isBack = true;
      this.history.add({ kind: 'returned', ...this.#here() });
    });
    room.onLeave((code) => {
      this.stop();
      this.history.add({ kind: 'ended', atMs: performance.now(), code });
    });
    room.onMessage('counted', (account: SessionAccount) => this.#counted(account));
    this.#timer = setInterval(() => this.#say(), SAYS_EVERY_MS);
  }

  /** Whether its connection is there, and everything that was said has been answered; or never will be. */
  get isSettled(): boolean {
    const { events, sent } = this.history;
    if (events.at(-1)?.kind === 'ended') return true;
    const account = events.findLast(({ kind }) => kind === 'account');
    return this.#isBack && (account?.kind === 'account' ? account.upTo : 0) >= sent;
  }

  /** Says nothing for a while, so that everything may be answered. */
  hush(isSilent: boolean): void {
    this.#silent = isSilent;
  }

  /** It leaves on purpose: what comes now is no part of the history. */
  stop(): void {
    clearInterval(this.#timer);
  }

  picture(): Omit<ClientPicture, 'home'> {
    const { room } = this.#pilot;
    const { roomId, sessionId } = room;
    this.#countAcknowledged();
    return { name: this.history.name, roomId, sessionId, ships: [...room.state.ships.keys()] };
  }

  get #connection(): FramedConnection {
    return this.#pilot.room.connection as unknown as FramedConnection;
  }

  #here() {
    const { roomId, sessionId } = this.#pilot.room;
    return { atMs: performance.now(), roomId, sessionId, epoch: this.#connection.epoch };
  }

  #ownShip(): unknown {
    const { state, sessionId } = this.#pilot.room;
    return state.ships.get(sessionId);
  }

  /** Hot: 60 times a second for each client. */
  #seen(): void {
    const atMs = performance.now();
    this.history.state(this.#connection.epoch, this.#pilot.room.clock.lastServerTime(), atMs);
    const ship = this.#ownShip();
    if (ship !== this.#ship) this.history.add({ kind: 'ship', atMs, is: ship === undefined ? 'gone' : 'another' });
  }

  #say(): void {
    if (this.#silent) return;
    this.#countAcknowledged();
    const room: Room = this.#pilot.room as never; // the arena of chaos/node takes what the arena does not know
    room.send('count', ++this.history.sent);
  }

  #countAcknowledged(): void {
    this.history.acknowledged = this.history.sent - this.#connection.kept.messages;
  }

  #counted([joins, leaves, upTo, doubled, missed, told, , inputsDoubled, inputsMissed]: SessionAccount): void {
    const atMs = performance.now();
    const { epoch } = this.#connection;
    this.history.heard(epoch, told, atMs);
    this.history.account({ atMs, epoch, joins, leaves, upTo, doubled, missed, inputsDoubled, inputsMissed });
  }
}
