import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { writeTime } from '../../shared/wire/control.ts';
import { FrameType } from '../../shared/wire/frame-type.ts';
import { type InProcessClient, InProcessServer } from '../../test/support/in-process.ts';
import { settled } from '../../test/support/virtual-timers.ts';
import { sendAway } from '../keeper/let-go.ts';
import { LiveRoom } from '../room/live-room.ts';
import { RoomSessions } from '../session/room-sessions.ts';

class TestRoom extends LiveRoom {}

let server: InProcessServer;
let client: InProcessClient;
let room: TestRoom;
let isFenced: boolean;
let still: PromiseWithResolvers<void>;

beforeEach(async () => {
  jest.useFakeTimers({ doNotFake: ['nextTick', 'queueMicrotask', 'setImmediate', 'clearImmediate'] });
  server = await InProcessServer.start({ test: TestRoom }, {}, () => Promise.resolve({ processId: 'b', address: '' }));
  client = await server.join('test');
  room = client.room as TestRoom;
  isFenced = false;
  still = Promise.withResolvers();
  const standsNoMore = (): Promise<void> => still.promise;
  const nothing = { ticked: () => {}, failed: () => {}, hold: () => {} };
  room.roomKeep = { epoch: 2, isFenced: () => isFenced, standsNoMore, ...nothing };
  client.ws.end(1006);
  await settled();
});

afterEach(async () => {
  await server.stop();
  jest.clearAllTimers();
  jest.useRealTimers();
  jest.restoreAllMocks();
});

/** @returns the code with which it was not let in; undefined where it was */
async function comeBack(epoch?: number | string): Promise<number | undefined> {
  client.openResume(client.token, epoch);
  client.ws.receive(client.session.beginResume()!);
  await settled();
  return client.ws.closes[0]?.code;
}

describe('[M6] a client that comes back to a room that may be another node’s', () => {
  it.each([undefined, 1, 2, '2x', -3, '9'.repeat(16)])(
    'is let in by the owner that it knows, or knew before: %s',
    async (epoch) => {
      expect(await comeBack(epoch)).toBeUndefined();
      expect(room.clients.length).toBe(1);
    },
  );

  it('is told to go on where it has heard a later owner, and keeps its seat and its token', async () => {
    expect(await comeBack(3)).toBe(4010);
    expect(room.clients.length).toBe(0);
    expect(await comeBack(2)).toBeUndefined();
  });

  it('is told so while the room stands still, and is let in when it goes on', async () => {
    isFenced = true;
    expect(await comeBack(2)).toBe(4010);
    isFenced = false;
    expect(await comeBack(2)).toBeUndefined();
  });

  it('is sent on when the room was let go, though it has not ended yet', async () => {
    room.isElsewhere = true;
    await comeBack(2);
    expect(client.ws.sent[0]?.[0]).toBe(FrameType.Moved);
  });
});

describe('one who joins a room that stands still', () => {
  let guest: InProcessClient;

  beforeEach(async () => {
    isFenced = true;
    guest = await server.seat('test');
    await guest.connect();
    expect([room.clients.length, guest.ws.closes]).toEqual([0, []]);
  });

  const goOn = async (): Promise<void> => {
    isFenced = false;
    still.resolve();
    await settled();
  };

  it('joins when it goes on', async () => {
    await goOn();
    expect([room.clients.length, guest.ws.closes]).toEqual([1, []]);
  });

  it('is sent on when it goes on elsewhere', async () => {
    room.isElsewhere = true;
    await goOn();
    expect(guest.ws.sent[0]?.[0]).toBe(FrameType.Moved);
    expect(room.clients.length).toBe(0);
  });

  it('waits for two seconds and no longer', async () => {
    await jest.advanceTimersByTimeAsync(1_999);
    expect(guest.ws.closes).toEqual([]);
    await jest.advanceTimersByTimeAsync(1);
    expect(guest.ws.closes[0]?.code).toBe(4002);
    expect(room.clients.length).toBe(0);
  });

  it('is refused at once where it has no seat', async () => {
    const other = await server.seat('test');
    Object.assign(other, { sessionId: 'nobody' });
    await other.connect();
    expect(other.ws.closes[0]?.code).toBe(4002);
  });

  it('is nothing to wait for where the room is not kept any more, though it stands still for good', async () => {
    still.resolve();
    await settled();
    expect(guest.ws.closes[0]?.code).toBe(4002);
    expect(room.clients.length).toBe(0);
  });

  it('takes no seat where its connection has ended meanwhile, and is sent nothing', async () => {
    guest.ws.end(1006);
    room.isElsewhere = true;
    await goOn();
    expect([room.clients.length, guest.ws.sent]).toEqual([0, []]);
  });

  it('is no session where its connection ends while the room takes it in', async () => {
    const gate = Promise.withResolvers<void>();
    let left = 0;
    Object.assign(room, { onJoin: () => gate.promise, onLeave: () => left++ });
    await goOn();
    guest.ws.end(1006);
    await settled();
    gate.resolve();
    await settled();
    expect([room.clients.length, left, room.hasReservedSeat(guest.sessionId)]).toEqual([0, 1, false]);
    expect(RoomSessions.of(room).get(guest.sessionId)).toBeUndefined();
  });
});

describe('to a client of a room that begins to stand still', () => {
  const types = (): unknown[] => client.ws.sent.map(([type]) => type);

  beforeEach(async () => {
    expect(await comeBack()).toBeUndefined();
    await jest.advanceTimersByTimeAsync(100);
    client.heard();
    isFenced = true;
    room.clients[0]!.send('taken back', 1);
  });

  it('nothing of the room is said, and that the server is there', async () => {
    client.session.post({ type: FrameType.Ping, flags: 0, body: writeTime(5) });
    client.flush();
    expect(types()).toEqual([FrameType.Pong]);
    await jest.advanceTimersByTimeAsync(1_000);
    expect(new Set(types())).toEqual(new Set([FrameType.Pong, FrameType.Ping]));
    expect(client.heard()).toEqual([]);

    isFenced = false;
    await jest.advanceTimersByTimeAsync(50);
    expect(client.heard()).toEqual(['0d aa 74 61 6b 65 6e 20 62 61 63 6b 01']);
  });

  it('nothing is said when it is sent away, and it may come back and hears all', async () => {
    sendAway(room);
    await settled();
    expect([client.ws.closes[0]?.code, types()]).toEqual([4010, []]);
    client.ws.end(4010);
    isFenced = false;
    expect(await comeBack()).toBeUndefined();
    await jest.advanceTimersByTimeAsync(50);
    expect(client.heard()).toEqual(['0d aa 74 61 6b 65 6e 20 62 61 63 6b 01']);
  });
});
