import { schema, t } from '@colyseus/schema';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { fixed, live } from '../../shared/live/live.ts';
import { MessageCode, messageCode } from '../../shared/wire/colyseus-message.ts';
import { InProcessServer } from '../../test/support/in-process.ts';
import { settled } from '../../test/support/virtual-timers.ts';
import { LiveRoom } from './live-room.ts';
import { LiveSerializer } from './live-serializer.ts';

const Rock = live({ x: fixed(0.1) }, 'LiveRoomRock');
const State = live({ tick: fixed(1), rocks: t.map(Rock) }, 'LiveRoomLiveState');
const Refused = schema({ rocks: t.stream(Rock) }, 'LiveRoomRefusedState');

class RockRoom extends LiveRoom {
  override state = new State();

  override onCreate(): void {
    this.setFixedTimestep(({ tick }) => void (this.state.tick = tick), 10);
  }
}

class RefusedRoom extends LiveRoom {
  override state = new Refused();
}

class LateRefusedRoom extends LiveRoom {
  override onCreate(): void {
    this.state = new Refused();
  }
}

let server: InProcessServer;
let logged: unknown[][];

beforeEach(async () => {
  jest.useFakeTimers({ doNotFake: ['nextTick', 'queueMicrotask', 'setImmediate', 'clearImmediate'] });
  logged = [];
  jest.spyOn(console, 'error').mockImplementation((...said) => void logged.push(said));
  server = await InProcessServer.start({ rocks: RockRoom, refused: RefusedRoom, late: LateRefusedRoom });
});

afterEach(async () => {
  await server.stop();
  jest.clearAllTimers();
  jest.useRealTimers();
  jest.restoreAllMocks();
});

async function pass(ms: number): Promise<void> {
  await settled();
  jest.advanceTimersByTime(ms);
  await settled();
}

const said = (): string => logged.flat().map(String).join(' ');

describe('live room: its state', () => {
  it('that cannot be sent in some ticks is told of, and both the room and the process go on', async () => {
    const client = await server.join('rocks');
    const room = client.room as RockRoom;
    await pass(500);
    client.read();
    const { tick } = room.state;
    const applyPatches = jest.spyOn(LiveSerializer.prototype, 'applyPatches').mockImplementation(() => {
      throw new RangeError('too much of it');
    });
    await pass(500);
    expect(room.state.tick).toBe(tick + 5);
    expect(logged).toHaveLength(5);
    expect(said()).toMatch(new RegExp(`rocks \\(${room.roomId}\\).*too much of it`));

    applyPatches.mockRestore();
    client.received = [];
    await pass(500);
    client.read();
    expect(logged).toHaveLength(5);
    expect(client.received.map(messageCode)).toEqual(new Array(5).fill(MessageCode.RoomStatePatch));
  });

  it.each(['refused', 'late'])('that is refused (%s) keeps the room from being made: the log has why', async (name) => {
    await pass(60_000); // the matchmaker's own timers are over
    const before = jest.getTimerCount();
    await expect(server.seat(name)).rejects.toThrow('LiveRoomRefusedState.rocks');
    expect(said()).toMatch(/LiveRoomRefusedState\.rocks .* t\.map\(LiveRoomRock\)\.view\(\)/);
    await pass(1_000);
    expect(jest.getTimerCount()).toBe(before);
  });
});
