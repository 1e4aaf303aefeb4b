import { describe, expect, it } from '@jest/globals';
import { LocalPresence } from '@colyseus/core';
import { MoveChannel, type MoveMessage, readMoveMessage } from './move-channel.ts';

const HEAD = { to: 'b', from: 'a', moveId: 'm1', roomId: 'r1' };
const MESSAGES: MoveMessage[] = [
  { ...HEAD, kind: 'prepare', node: 'a/1' },
  { ...HEAD, kind: 'ready', node: 'b/1', address: '' },
  { ...HEAD, kind: 'refused', why: 'full' },
  { ...HEAD, kind: 'stays' },
  { ...HEAD, kind: 'yours', node: 'b/1', token: 't', epoch: 2, home: 'h' },
  { ...HEAD, kind: 'runs' },
  { ...HEAD, kind: 'seat', sessionId: 's', options: '{}', auth: '' },
  { ...HEAD, kind: 'wanted', target: '' },
  { ...HEAD, kind: 'moved', target: 'b' },
  { ...HEAD, kind: 'not-moved', code: 'busy', why: 'it moves' },
];

describe('what nodes say of a move', () => {
  it.each(MESSAGES)('is read: $kind', (message) => {
    expect(readMoveMessage(JSON.parse(JSON.stringify(message)))).toEqual(message);
  });

  it.each(MESSAGES)('is dropped where a part of it is missing: $kind', (message) => {
    for (const name of Object.keys(message)) {
      expect(readMoveMessage({ ...message, [name]: undefined })).toBeUndefined();
      expect(readMoveMessage({ ...message, [name]: [] })).toBeUndefined();
    }
  });

  it('is dropped where it is something else', () => {
    for (const other of [undefined, null, 7, 'stays', [], { ...HEAD, kind: 'toString' }, { ...HEAD, kind: 'later' }]) {
      expect(readMoveMessage(other)).toBeUndefined();
    }
  });

  it('reaches whom it is for, and nobody else', async () => {
    const presence = new LocalPresence();
    const heard: string[] = [];
    const [a, b] = ['a', 'b'].map((own) => {
      const channel = new MoveChannel(
        () => presence,
        () => own,
      );
      const end = channel.listen(({ kind }) => void heard.push(`${own} ${kind}`));
      return { channel, end };
    }) as [{ channel: MoveChannel; end: () => void }, { channel: MoveChannel; end: () => void }];
    a.channel.send({ ...HEAD, kind: 'stays' });
    b.channel.send({ ...HEAD, to: 'a', from: 'b', kind: 'runs' });
    await new Promise(setImmediate);
    expect(heard).toEqual(['b stays', 'a runs']);
    a.channel.send({ ...HEAD, kind: 'seat', sessionId: 's', options: 'x'.repeat(10_000), auth: '' }); // too large: lost
    b.end();
    a.channel.send({ ...HEAD, kind: 'stays' });
    await new Promise(setImmediate);
    expect(heard).toHaveLength(2);
    a.end();
  });
});
