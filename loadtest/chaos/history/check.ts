import type { Account, ClientEvent, ClientHistory } from './client-history.ts';
import type { JournalEvent, JournalHistory } from './journal-history.ts';
import type { Picture } from './picture.ts';

/**
 * What must hold whatever happens to a pool:
 *
 * - `epochs`: the epochs of a journal never decrease, and behind an owner's barrier nobody writes under an older one.
 * - `timeline`: a client never accepts a state that is older than one it has seen, by epoch and then by the room's clock.
 * - `lost`: what was acknowledged, to either side, is not lost.
 * - `doubled`: nothing is heard twice, by neither side, whoever owned the room.
 * - `session`: everybody stays who they were: room, session, ship; nobody joins twice, leaves or is sent away.
 * - `owner`: a room runs once, where the store and the listing say that it does.
 * - `seats`: the listing counts those who are there and those who were promised a seat; the store keeps seats for the first.
 * - `state`: decoders of clients can place all that they are sent.
 */
export type Rule = 'epochs' | 'timeline' | 'lost' | 'doubled' | 'session' | 'owner' | 'seats' | 'state';

export interface Violation {
  rule: Rule;
  /** A client's name or a room's id. */
  who: string;
  what: string;
}

/** Of one kind and client or room so many are told; all the rest of them is more of the same. */
const MAX_TOLD = 5;

/** Everything that was broken, of what clients and journals went through. */
export function checkHistory(clients: readonly ClientHistory[], journals: JournalHistory): Violation[] {
  const found: Violation[] = [];
  for (const client of clients) {
    const told = teller(found, client.name);
    checkTimeline(client.events, told);
    checkHeard(client.events, told);
    checkAccounts(client.events, told);
    checkSession(client.events, told);
  }
  for (const [roomId, events] of journals.rooms) checkJournal(events, teller(found, roomId));
  return found;
}

/** Everything that is broken when all has come to rest: nothing is on its way, nobody is about to come back. */
export function checkPicture({ rooms, clients }: Picture, histories: readonly ClientHistory[]): Violation[] {
  const found: Violation[] = [];
  for (const room of rooms) {
    const told = teller(found, room.roomId);
    const { owner, runsOn, seats, sessions, away, promised, listed } = room;
    if (runsOn.length !== 1) told('owner', `runs on ${runsOn.length} nodes: ${runsOn.join(', ')}`);
    if (owner === undefined) told('owner', 'is in no store');
    else if (!runsOn.includes(owner.processId)) {
      told('owner', `is ${owner.processId}'s, and runs on ${runsOn.join(', ')}`);
    }
    const there = clients.filter(({ roomId }) => roomId === room.roomId);
    const expected = there.map(({ sessionId }) => sessionId);
    if (!isSame(sessions, expected)) told('session', `has ${list(sessions)} in it, not ${list(expected)}`);
    if (away.length > 0) told('session', `waits for ${list(away)}`);
    if (!isSame(seats, expected)) told('seats', `keeps seats for ${list(seats)}, not for ${list(expected)}`);
    if (listed === undefined) told('seats', 'is not listed');
    else {
      if (listed.clients !== expected.length + promised) {
        told('seats', `is listed with ${listed.clients} clients, not ${expected.length} and ${promised} to come`);
      }
      if (!runsOn.includes(listed.processId)) told('owner', `is listed at ${listed.processId}`);
    }
    for (const { name, ships, home } of there) {
      if (home === undefined || !runsOn.includes(home)) told('owner', `${name} is said to be at ${home}`);
      if (!isSame(ships, expected))
        told('session', `${name} sees the ships of ${list(ships)}, not of ${list(expected)}`);
    }
  }
  for (const history of histories) checkSettled(history, teller(found, history.name));
  return found;
}

type Tell = (rule: Rule, what: string) => void;

function teller(found: Violation[], who: string): Tell {
  const counts = new Map<Rule, number>();
  return (rule, what) => {
    const count = (counts.get(rule) ?? 0) + 1;
    counts.set(rule, count);
    if (count <= MAX_TOLD) found.push({ rule, who, what });
  };
}

function checkTimeline(events: readonly ClientEvent[], told: Tell): void {
  let epoch = 0;
  let roomMs = -Infinity;
  for (const event of events) {
    if (event.kind !== 'states') continue;
    const isBefore = event.epoch < epoch || (event.epoch === epoch && event.firstRoomMs < roomMs);
    if (isBefore) {
      told(
        'timeline',
        `accepted a state of epoch ${event.epoch} at ${Math.round(event.firstRoomMs)} ms, having seen epoch ${epoch} at ${Math.round(roomMs)} ms`,
      );
    }
    if (event.epoch > epoch || event.lastRoomMs > roomMs) roomMs = event.lastRoomMs;
    epoch = Math.max(epoch, event.epoch);
  }
}

/** The room numbers what it says to each client. */
function checkHeard(events: readonly ClientEvent[], told: Tell): void {
  let last = 0;
  for (const event of events) {
    if (event.kind !== 'heard') continue;
    if (event.first > last + 1) told('lost', `did not hear messages ${last + 1} to ${event.first - 1} of the room`);
    if (event.first <= last) {
      told('doubled', `heard messages ${event.first} to ${Math.min(event.last, last)} of the room again`);
    }
    last = event.last;
  }
}

/** Inputs that clients made and rooms never had: those of play that was taken back and that the clients had not kept. */
export function inputsLost(clients: readonly ClientHistory[]): number {
  let sum = 0;
  for (const { events } of clients) {
    sum += events.findLast((event): event is Account => event.kind === 'account')?.inputsMissed ?? 0;
  }
  return sum;
}

function checkAccounts(events: readonly ClientEvent[], told: Tell): void {
  for (const event of events) {
    if (event.kind !== 'account') continue;
    if (event.missed > 0) told('lost', `the room missed ${event.missed} of its messages`);
    if (event.doubled > 0) told('doubled', `the room heard ${event.doubled} of its messages again`);
    if (event.inputsDoubled > 0) told('doubled', `the room had ${event.inputsDoubled} of its inputs again`);
    if (event.joins !== 1) told('session', `the room saw it join ${event.joins} times`);
    if (event.leaves !== 0) told('session', `the room saw it leave ${event.leaves} times`);
  }
}

function checkSession(events: readonly ClientEvent[], told: Tell): void {
  let joined: (ClientEvent & { kind: 'joined' }) | undefined;
  for (const event of events) {
    switch (event.kind) {
      case 'joined':
        if (joined !== undefined) told('session', 'joined twice');
        joined = event;
        break;
      case 'returned':
        if (event.roomId !== joined?.roomId || event.sessionId !== joined.sessionId) {
          told('session', `came back as ${event.sessionId} in ${event.roomId}`);
        }
        break;
      case 'ship':
        told('session', event.is === 'gone' ? 'has no ship any more' : 'has another ship');
        break;
      case 'ended':
        told('session', `the session ended with ${event.code}`);
        break;
      case 'states':
      case 'dropped':
      case 'heard':
      case 'account':
        break;
    }
  }
}

/** All that was said has been heard. */
function checkSettled({ events, sent, acknowledged }: ClientHistory, told: Tell): void {
  const account = events.findLast((event): event is Account => event.kind === 'account');
  const upTo = account?.upTo ?? 0;
  if (upTo < sent) told('lost', `sent ${sent} messages, and the room heard ${upTo}`);
  if (acknowledged > sent || upTo > sent) told('doubled', `sent ${sent} messages, and the room heard ${upTo}`);
}

function checkJournal(events: readonly JournalEvent[], told: Tell): void {
  let epoch = 0;
  let sequence = 0;
  let mayStepBack = false;
  for (const event of events) {
    if (event.kind === 'forgotten') {
      mayStepBack = true;
      continue;
    }
    if (event.kind === 'stepped-back') {
      if (!mayStepBack) told('epochs', `went back to ${event.epoch}-${event.sequence} from ${epoch}-${sequence}`);
      continue;
    }
    const first = event.kind === 'owner' ? 0 : event.first;
    const isAfter = event.epoch > epoch || (event.epoch === epoch && first > sequence);
    // What was written last may be gone, and its owner writes it again before it finds out. Then it begins anew.
    if (!isAfter && epoch > 0 && !mayStepBack) {
      told('epochs', `${event.epoch}-${first} was written behind ${epoch}-${sequence}`);
    }
    if (event.epoch > epoch) mayStepBack = false;
    if (isAfter) {
      epoch = event.epoch;
      sequence = event.kind === 'owner' ? 0 : event.last;
    }
  }
  if (mayStepBack && epoch > 0 && events.at(-1)!.kind !== 'forgotten' && last(events).epoch < epoch) {
    told('epochs', `stayed at ${last(events).epoch}, having been at ${epoch}`);
  }
}

const last = (events: readonly JournalEvent[]): { epoch: number } =>
  events.findLast((event) => event.kind !== 'forgotten') as { epoch: number };

const isSame = (a: readonly string[], b: readonly string[]): boolean =>
  a.length === b.length && a.toSorted().join() === b.toSorted().join();

const list = (names: readonly string[]): string => `[${names.toSorted().join(' ')}]`;
