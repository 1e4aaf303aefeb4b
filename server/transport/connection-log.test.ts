import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { FakeWs } from '../../test/support/fake-ws.ts';
import { InProcessServer } from '../../test/support/in-process.ts';
import { settled } from '../../test/support/virtual-timers.ts';
import { LiveRoom } from '../room/live-room.ts';

/** It has no handler for anything. */
class SilentRoom extends LiveRoom {}

let server: InProcessServer;
let lines: object[];

beforeEach(async () => {
  lines = [];
  const elsewhere = (roomId: string) =>
    Promise.resolve(roomId === 'far' ? { processId: 'process', address: '' } : undefined);
  const log = { warn: (fields: object, message: string) => void lines.push({ ...fields, message }) };
  server = await InProcessServer.start({ silent: SilentRoom }, {}, elsewhere, log);
});

afterEach(() => server.stop());

describe('the log of a server', () => {
  it.each([true, false])('names room, session and type of a message without a handler, framed %j', async (framed) => {
    const client = await server.seat('silent');
    await client.connect({ framed });
    await client.acknowledgeJoin();
    client.say('0d a3 66 6f 6f a6 73 65 63 72 65 74', '0d a3 66 6f 6f'); // "foo" with "secret", and again
    await settled();
    client.ws.end(client.ws.closes[0]!.code!);
    expect(lines).toEqual([
      {
        room: client.roomId,
        session: client.sessionId,
        code: 4002,
        reason: 'room onMessage for "foo" not registered.',
        message: 'session ended by an error',
      },
    ]);
  });

  it('has nothing of a session that ends as it should', async () => {
    const client = await server.join('silent');
    client.ws.end(4000);
    await settled();
    expect(lines).toEqual([]);
  });

  it('says once what a pool without a way to its servers lacks', async () => {
    for (let attempt = 0; attempt < 4; attempt++) {
      const ws = new FakeWs();
      server.upgrade(ws, '/process/far?sessionId=s');
      await settled();
      expect(ws.closes).toEqual([{ code: 4010, reason: 'the room is on another server' }]);
    }
    expect(lines).toEqual([
      { room: 'far', session: 's', server: 'process', message: expect.stringContaining('publicAddress') },
    ]);
  });
});
