/** What one client saw, in order. Times are monotonic milliseconds of this process. */
export type ClientEvent =
  | { kind: 'joined'; atMs: number; roomId: string; sessionId: string; epoch: number }
  /** States that were accepted one behind the other, each later in the room's time than the one before. */
  | StatesSeen
  | { kind: 'dropped'; atMs: number; code: number }
  | { kind: 'returned'; atMs: number; roomId: string; sessionId: string; epoch: number }
  /** Its own ship is gone, or another object than the one that it had. */
  | { kind: 'ship'; atMs: number; is: 'gone' | 'another' }
  | { kind: 'ended'; atMs: number; code: number }
  /** Numbered messages of the room, each by one above the one before. */
  | MessagesHeard
  /** What the room says of the messages that this client has sent. */
  | Account;

export interface StatesSeen {
  kind: 'states';
  epoch: number;
  /** Of the room's clock. */
  firstRoomMs: number;
  lastRoomMs: number;
  atMs: number;
  lastAtMs: number;
  count: number;
}

export interface MessagesHeard {
  kind: 'heard';
  atMs: number;
  epoch: number;
  first: number;
  last: number;
}

/** A room's own account of what it heard from one client, who numbers what it says from 1. */
export interface Account {
  kind: 'account';
  atMs: number;
  epoch: number;
  /** Of the session, at this room, since it was made. */
  joins: number;
  leaves: number;
  /** The highest that was heard. */
  upTo: number;
  doubled: number;
  missed: number;
  /** Inputs of this client that the room had again, and those that it never had. */
  inputsDoubled: number;
  inputsMissed: number;
}

/** A pause between two states that is longer than this is told: the states before and behind it stand apart. */
export const GAP_MS = 100;
/** Events that are kept; a client that makes more of them has told enough of its trouble. */
const MAX_EVENTS = 20_000;

/** Records what one client sees. Hot: `state` is called for each of its 60 a second, and allocates only where a run ends. */
export class ClientHistory {
  readonly name: string;
  readonly events: ClientEvent[] = [];
  /** Numbered messages that it has sent, and how many of those it knows to be acknowledged. */
  sent = 0;
  acknowledged = 0;
  /** Whether something was left out because there was too much of it. */
  isCut = false;
  #states: StatesSeen | undefined;
  #heard: MessagesHeard | undefined;
  #account: Account | undefined;

  constructor(name: string) {
    this.name = name;
  }

  add(event: ClientEvent): void {
    this.#states = undefined;
    this.#heard = undefined;
    this.#keep(event);
  }

  state(epoch: number, roomMs: number, atMs: number): void {
    const run = this.#states;
    const continues =
      run !== undefined && run.epoch === epoch && roomMs >= run.lastRoomMs && atMs - run.lastAtMs <= GAP_MS;
    if (continues) {
      run.lastRoomMs = roomMs;
      run.lastAtMs = atMs;
      run.count++;
      return;
    }
    this.#states = { kind: 'states', epoch, firstRoomMs: roomMs, lastRoomMs: roomMs, atMs, lastAtMs: atMs, count: 1 };
    this.#keep(this.#states);
  }

  heard(epoch: number, number: number, atMs: number): void {
    const run = this.#heard;
    if (run !== undefined && run.epoch === epoch && number === run.last + 1) {
      run.last = number;
      return;
    }
    this.#heard = { kind: 'heard', atMs, epoch, first: number, last: number };
    this.#keep(this.#heard);
  }

  /** One that differs from the one before in nothing but how far it goes takes its place. */
  account(account: Omit<Account, 'kind'>): void {
    const last = this.#account;
    const isSame =
      last !== undefined &&
      last.epoch === account.epoch &&
      last.joins === account.joins &&
      last.leaves === account.leaves &&
      last.doubled === account.doubled &&
      last.missed === account.missed &&
      last.inputsDoubled === account.inputsDoubled &&
      last.inputsMissed === account.inputsMissed;
    if (isSame) {
      last.upTo = account.upTo;
      return;
    }
    this.#account = { kind: 'account', ...account };
    this.#keep(this.#account);
  }

  #keep(event: ClientEvent): void {
    if (this.events.length >= MAX_EVENTS) this.isCut = true;
    else this.events.push(event);
  }
}
