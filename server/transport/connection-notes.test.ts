import { beforeEach, describe, expect, it } from '@jest/globals';
import { ConnectionNotes } from './connection-notes.ts';

const HERE = { processId: 'p2', address: '' };

let lines: { fields: object; message: string }[];
let notes: ConnectionNotes;

beforeEach(() => {
  lines = [];
  notes = new ConnectionNotes({ warn: (fields, message) => void lines.push({ fields, message }) });
});

describe('what is noted of connections', () => {
  it.each([4002, 4100, 4101, 4102, 4103])('is an end with %i, with its reason', (code) => {
    notes.ended('r', 's', code, 'why');
    expect(lines).toEqual([
      { fields: { room: 'r', session: 's', code, reason: 'why' }, message: 'session ended by an error' },
    ]);
  });

  it.each([
    [1000, 'why'],
    [1006, ''],
    [4000, 'why'],
    [4010, 'why'],
    [4105, 'why'],
    [4002, ''],
  ])('is no end with %i %j', (code, reason) => {
    notes.ended('r', 's', code, reason);
    expect(lines).toEqual([]);
  });

  it('is, once, a client that comes again to a server that its path does not name', () => {
    notes.sentOn('r', 's', 'p2', HERE);
    expect(lines).toEqual([]);
    for (const session of ['s', 's', 't', 't']) notes.sentOn('r', session, 'p2', HERE);
    expect(lines).toHaveLength(1);
    expect(lines[0]!.fields).toEqual({ room: 'r', session: 's', server: 'p2' });
    expect(lines[0]!.message).toContain('publicAddress');
    expect(lines[0]!.message).toContain('balancer');
  });

  it.each([
    ['others', ['s', 't'], 'p2', HERE],
    ['one whose path names this server', ['s', 's'], 'p1', HERE],
    ['one that is given an address', ['s', 's'], 'p2', { processId: 'p2', address: 'n2:80' }],
  ])('is not %s', (_what, sessions, named, place) => {
    for (const session of sessions) notes.sentOn('r', session, named, place);
    expect(lines).toEqual([]);
  });
});
