import { describe, expect, it } from '@jest/globals';
import { checkHistory, checkPicture, type Violation } from './check.ts';
import { ClientHistory, GAP_MS } from './client-history.ts';
import { JournalHistory } from './journal-history.ts';
import type { Picture } from './picture.ts';

const ACCOUNT = { joins: 1, leaves: 0, doubled: 0, missed: 0, inputsDoubled: 0, inputsMissed: 0 };

/** Ada plays on node a, which dies, and goes on at node b. Nothing is wrong with it. */
function adasHistory(): ClientHistory {
  const ada = new ClientHistory('Ada');
  ada.add({ kind: 'joined', atMs: 0, roomId: 'r1', sessionId: 's1', epoch: 1 });
  for (let tick = 0; tick < 60; tick++) ada.state(1, tick * 16, tick * 16);
  ada.heard(1, 1, 100);
  ada.heard(1, 2, 200);
  ada.account({ atMs: 200, epoch: 1, upTo: 2, ...ACCOUNT });
  ada.add({ kind: 'dropped', atMs: 960, code: 1006 });
  ada.add({ kind: 'returned', atMs: 1_400, roomId: 'r1', sessionId: 's1', epoch: 2 });
  for (let tick = 57; tick < 90; tick++) ada.state(2, tick * 16, 1_400 + tick * 16);
  ada.heard(2, 3, 1_500);
  ada.account({ atMs: 1_500, epoch: 2, upTo: 3, ...ACCOUNT });
  ada.sent = ada.acknowledged = 3;
  return ada;
}

function journals(): JournalHistory {
  const history = new JournalHistory();
  history.owner('r1', 1, 'a/1', 0);
  for (let sequence = 1; sequence <= 20; sequence++) history.entry('r1', 1, sequence, sequence * 50);
  history.owner('r1', 2, 'b/1', 1_300);
  history.entry('r1', 2, 1, 1_400);
  return history;
}

function picture(): Picture {
  return {
    rooms: [
      {
        roomId: 'r1',
        owner: { processId: 'b', epoch: 2 },
        runsOn: ['b'],
        seats: ['s2', 's1'],
        sessions: ['s1', 's2'],
        away: [],
        promised: 0,
        listed: { processId: 'b', clients: 2 },
      },
    ],
    clients: [
      { name: 'Ada', roomId: 'r1', sessionId: 's1', home: 'b', ships: ['s1', 's2'] },
      { name: 'Bob', roomId: 'r1', sessionId: 's2', home: 'b', ships: ['s2', 's1'] },
    ],
  };
}

const rules = (violations: readonly Violation[]): string[] => violations.map(({ rule, who }) => `${rule} ${who}`);

/** What is found when something is changed in Ada's history. */
function found(change: (ada: ClientHistory) => void): string[] {
  const ada = adasHistory();
  change(ada);
  return rules([...checkHistory([ada], journals()), ...checkPicture(picture(), [ada])]);
}

describe('the check of a history', () => {
  it('finds nothing where nothing is wrong: play taken back under a higher epoch is as it should be', () => {
    expect(found(() => {})).toEqual([]);
  });

  it.each<[string, (ada: ClientHistory) => void, string[]]>([
    ['a state of an older epoch', (ada) => ada.state(1, 99_000, 3_000), ['timeline Ada']],
    ['a state from before', (ada) => ada.state(2, 88 * 16, 3_000), ['timeline Ada']],
    [
      'a state from before, behind a drop',
      (ada) => {
        ada.add({ kind: 'dropped', atMs: 3_000, code: 1006 });
        ada.state(2, 80 * 16, 3_100);
      },
      ['timeline Ada'],
    ],
    ['a message of the room that was not heard', (ada) => ada.heard(2, 5, 2_000), ['lost Ada']],
    ['one that was heard twice', (ada) => ada.heard(2, 3, 2_000), ['doubled Ada']],
    [
      'one that the next owner says again',
      (ada) => ada.events.push({ ...heard(5), first: 3, epoch: 3 }),
      ['doubled Ada'],
    ],
    [
      'one that is left out by the next owner',
      (ada) => ada.events.push({ ...heard(6), first: 5, epoch: 3 }),
      ['lost Ada'],
    ],
    [
      'a message that the room missed',
      (ada) => ada.account({ atMs: 2_000, epoch: 2, upTo: 3, ...ACCOUNT, missed: 1 }),
      ['lost Ada'],
    ],
    [
      'one that the room heard again',
      (ada) => ada.account({ atMs: 2_000, epoch: 2, upTo: 3, ...ACCOUNT, doubled: 1 }),
      ['doubled Ada'],
    ],
    ['one that was never heard', (ada) => ada.sent++, ['lost Ada']],
    ['more acknowledgements than messages', (ada) => ada.acknowledged++, ['doubled Ada']],
    [
      'an input that a room had again',
      (ada) => ada.account({ atMs: 2_000, epoch: 2, upTo: 3, ...ACCOUNT, inputsDoubled: 1 }),
      ['doubled Ada'],
    ],
    ['a second join', (ada) => ada.account({ atMs: 2_000, epoch: 2, upTo: 3, ...ACCOUNT, joins: 2 }), ['session Ada']],
    ['a leave', (ada) => ada.account({ atMs: 2_000, epoch: 2, upTo: 3, ...ACCOUNT, leaves: 1 }), ['session Ada']],
    ['another session', (ada) => ada.add({ ...returned, sessionId: 's9' }), ['session Ada']],
    ['another room', (ada) => ada.add({ ...returned, roomId: 'r9' }), ['session Ada']],
    ['another ship', (ada) => ada.add({ kind: 'ship', atMs: 2_000, is: 'another' }), ['session Ada']],
    ['no ship', (ada) => ada.add({ kind: 'ship', atMs: 2_000, is: 'gone' }), ['session Ada']],
    ['the end of a session', (ada) => ada.add({ kind: 'ended', atMs: 2_000, code: 4_002 }), ['session Ada']],
    ['joining twice', (ada) => ada.add({ ...returned, kind: 'joined' }), ['session Ada']],
  ])('finds %s', (_what, change, expected) => {
    expect(found(change)).toEqual(expected);
  });

  it('tells of one kind of trouble of one client five times at most', () => {
    expect(found((ada) => Array.from({ length: 9 }, () => ada.add({ kind: 'ended', atMs: 1, code: 1006 })))).toEqual(
      Array<string>(5).fill('session Ada'),
    );
  });
});

const returned = { kind: 'returned', atMs: 2_000, roomId: 'r1', sessionId: 's1', epoch: 2 } as const;
const heard = (last: number) => ({ kind: 'heard', atMs: 2_000, epoch: 2, first: 1, last }) as const;

describe('the check of a journal', () => {
  const foundIn = (change: (history: JournalHistory) => void): string[] => {
    const history = journals();
    change(history);
    return rules(checkHistory([], history));
  };

  it.each<[string, (history: JournalHistory) => void]>([
    ['an entry of an older epoch behind a barrier', (history) => history.entry('r1', 1, 21, 1_500)],
    ['an entry that was written before', (history) => history.entry('r1', 2, 1, 1_500)],
    ['a second owner of an epoch', (history) => history.owner('r1', 2, 'c/1', 1_500)],
    ['an older owner', (history) => history.owner('r1', 1, 'a/1', 1_500)],
    ['a stream that was another one', (history) => history.steppedBack('r1', 1, 20, 1_500)],
    [
      'an epoch below, for good, behind a loss',
      (history) => {
        history.forgotten(1_500);
        history.steppedBack('r1', 1, 20, 1_600);
        history.entry('r1', 1, 21, 1_700);
      },
    ],
    [
      'an epoch below, behind a loss that was overcome',
      (history) => {
        history.forgotten(1_500);
        history.owner('r1', 3, 'b/1', 1_600);
        history.entry('r1', 2, 9, 1_700);
      },
    ],
  ])('finds %s', (_what, change) => {
    expect(foundIn(change)).toEqual(['epochs r1']);
  });

  it('takes it that Redis forgets, if the room goes on under a higher epoch', () => {
    expect(
      foundIn((history) => {
        history.forgotten(1_500);
        history.steppedBack('r1', 1, 20, 1_600);
        history.owner('r1', 3, 'b/1', 1_700);
        history.entry('r1', 3, 1, 1_800);
      }),
    ).toEqual([]);
    expect(foundIn((history) => history.forgotten(1_500))).toEqual([]);
  });
});

describe('the check of what there is at the end', () => {
  it.each<[string, (all: Picture) => void, string[]]>([
    ['a room that runs twice', ({ rooms }) => rooms[0]!.runsOn.push('c'), ['owner r1']],
    ['a room that runs nowhere', ({ rooms }) => (rooms[0]!.runsOn = []), Array<string>(5).fill('owner r1')],
    ['a room that is not where the store says', ({ rooms }) => (rooms[0]!.owner!.processId = 'c'), ['owner r1']],
    ['a room that is in no store', ({ rooms }) => (rooms[0]!.owner = undefined), ['owner r1']],
    ['a row of another node', ({ rooms }) => (rooms[0]!.listed!.processId = 'c'), ['owner r1']],
    ['a session that is said to be elsewhere', ({ clients }) => (clients[0]!.home = 'a'), ['owner r1']],
    ['a client that is not there', ({ rooms }) => rooms[0]!.away.push('s1'), ['session r1']],
    ['a wrong count', ({ rooms }) => (rooms[0]!.listed!.clients = 3), ['seats r1']],
    ['a promised seat that is not counted', ({ rooms }) => (rooms[0]!.promised = 1), ['seats r1']],
    [
      'nothing in a promised seat that is',
      ({ rooms }) => Object.assign(rooms[0]!, { promised: 1, listed: { processId: 'b', clients: 3 } }),
      [],
    ],
    ['no row', ({ rooms }) => (rooms[0]!.listed = undefined), ['seats r1']],
    ['a seat too many', ({ rooms }) => rooms[0]!.seats.push('s3'), ['seats r1']],
    ['a seat too few', ({ rooms }) => rooms[0]!.seats.pop(), ['seats r1']],
    ['a session that is somebody else', ({ rooms }) => (rooms[0]!.sessions[0] = 's9'), ['session r1']],
    ['a ship that is left', ({ clients }) => clients[1]!.ships.push('s3'), ['session r1']],
  ])('finds %s', (_what, change, expected) => {
    const all = picture();
    change(all);
    expect(rules(checkPicture(all, []))).toEqual(expected);
  });
});

describe('a history', () => {
  it('puts together what follows, and tells gaps', () => {
    const ada = new ClientHistory('Ada');
    for (const atMs of [0, 16, 32, 32 + GAP_MS + 1, 150]) ada.state(1, atMs, atMs);
    for (const number of [1, 2, 3, 5]) ada.heard(1, number, 200);
    for (const upTo of [1, 2]) ada.account({ atMs: 300, epoch: 1, upTo, ...ACCOUNT });
    expect(ada.events.map((event) => [event.kind, 'count' in event ? event.count : 0])).toEqual([
      ['states', 3],
      ['states', 2],
      ['heard', 0],
      ['heard', 0],
      ['account', 0],
    ]);
    expect(ada.events.at(-1)).toMatchObject({ upTo: 2 });
  });
});
