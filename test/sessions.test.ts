import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Callbacks } from 'colyseus.js';
import { connect, type ConnectedRoom } from '../client/connect.ts';
import { type RunningServer, serve } from '../server/serve.ts';
import { CloseReason } from '../shared/wire/close-reason.ts';
import { ChaosProxy } from './support/chaos-proxy.ts';
import { CourseRoom } from './support/course.ts';
import { Random } from './support/random.ts';
import { until } from './support/until.ts';

type Room = ConnectedRoom<CourseRoom>;

let server: RunningServer;
let proxy: ChaosProxy;

beforeAll(async () => {
  server = await serve({
    rooms: { course: CourseRoom },
    port: 0,
    handleSignals: false,
    limits: { session: { maxKeptMessages: 400, maxKeptBytes: 200_000 } },
  });
  proxy = await ChaosProxy.before(server.port);
});

afterAll(async () => {
  await proxy.close();
  await server.close();
});

const join = (): Promise<Room> => connect<CourseRoom>(`http://127.0.0.1:${proxy.port}`, { room: 'course' });

/** How long the room was away each time, in milliseconds. */
function absences(room: Room): number[] {
  const away: number[] = [];
  let droppedAtMs = 0;
  room.onDrop(() => (droppedAtMs = performance.now()));
  room.onReconnect(() => away.push(performance.now() - droppedAtMs));
  return away;
}

const say = (room: Room, type: string, value: unknown): void => room.send(type as never, value as never);

function numbersHeard(room: Room): number[] {
  const heard: number[] = [];
  room.onMessage('number' as never, (value: never) => heard.push(value));
  return heard;
}

const upTo = (count: number): number[] => Array.from({ length: count }, (_, i) => i);

describe('a session (S)', () => {
  it('[S9] loses, doubles and reorders nothing while its connection is cut twenty times', async () => {
    const COUNT = 200;
    const EVERY_MS = 100;
    const room = await join();
    const served = CourseRoom.of(room.roomId);
    const atClient = numbersHeard(room);
    const away = absences(room);
    const changes: string[] = [];
    await until('the runner is there', () => room.state.runners?.has(room.sessionId) ?? false);
    room.onMessage('bytes' as never, (bytes: never) => atClient.push((bytes as Uint8Array)[0]!));
    const runner = room.state.runners.get(room.sessionId)!;
    const firstClient = served.clients.get(room.sessionId)!;
    const callbacks = Callbacks.get(room);
    callbacks.onAdd('runners', (_runner, key) => changes.push(`add ${String(key)}`), false);
    callbacks.onRemove('runners', (_runner, key) => changes.push(`remove ${String(key)}`));

    let sent = 0;
    let cuts = 0;
    const input = room.input();
    const talk = setInterval(() => {
      if (sent === COUNT) return;
      say(room, 'number', sent);
      // A room says things in three ways; to one whose connection is away in all of them.
      if (sent % 3 === 0) served.broadcast('number' as never, sent as never);
      else if (sent % 3 === 1) firstClient.send('number', sent);
      else served.broadcastBytes('bytes', Uint8Array.of(sent), {});
      sent++;
      input.data.dx = 1;
      input.send();
    }, EVERY_MS);
    const cut = setInterval(() => {
      cuts++;
      // In turn: the network resets both ends, or the server's own socket is terminated.
      if (cuts % 2 === 0) proxy.cut();
      else (served.clients.get(room.sessionId)?.ref as { terminate?(): void } | undefined)?.terminate?.();
    }, 900);

    await until('all is said', () => sent === COUNT, 40_000);
    clearInterval(cut);
    await until('all is heard', () => atClient.length >= COUNT && served.heard.get(room.sessionId)!.length >= COUNT);
    clearInterval(talk);

    expect(atClient).toEqual(upTo(COUNT));
    expect(served.heard.get(room.sessionId)).toEqual(upTo(COUNT));
    expect(changes).toEqual([]);
    expect(room.state.runners.get(room.sessionId)).toBe(runner);
    expect(cuts).toBeGreaterThan(15);
    expect(away.length).toBeGreaterThan(15);
    away.sort((a, b) => a - b);
    const median = away[Math.floor(away.length / 2)]!.toFixed(0);
    console.info(`${cuts} cuts: back after ${median} ms (median), ${away.at(-1)!.toFixed(0)} ms (slowest)`);
    expect(Math.max(...away)).toBeLessThan(2_000);
    expect(served.left).toEqual([]);
    await room.leave();
  }, 60_000);

  it('[S9] nor while it is cut again and again before it is back', async () => {
    const random = new Random(4);
    const room = await join();
    const served = CourseRoom.of(room.roomId);
    const atClient = numbersHeard(room);
    const ends: number[] = [];
    room.onLeave((code) => ends.push(code));
    await until('it plays', () => room.state.tick > 0);
    let sent = 0;
    let nextCutMs = 0;
    await until(
      'the storm is over',
      () => {
        if (performance.now() > nextCutMs) {
          proxy.cut();
          nextCutMs = performance.now() + 1 + random.below(random.pick([8, 40, 300]));
        }
        say(room, 'number', sent);
        served.broadcast('number' as never, sent as never);
        return ++sent === 300 || ends.length > 0;
      },
      20_000,
    );
    await until('all is heard', () => atClient.length >= sent && served.heard.get(room.sessionId)!.length >= sent);
    expect(ends).toEqual([]);
    expect(atClient).toEqual(upTo(sent));
    expect(served.heard.get(room.sessionId)).toEqual(upTo(sent));
    await room.leave();
  }, 60_000);

  it('[S10] notices a silent link within 1.2 s, and is back within 2 s of its return', async () => {
    const room = await join();
    const away = absences(room);
    let lostAfterMs = 0;
    await until('it plays', () => room.state.tick > 10);
    const stalledAtMs = performance.now();
    room.onDrop(() => (lostAfterMs = performance.now() - stalledAtMs));
    proxy.stall();
    await until('the client notices', () => lostAfterMs > 0);
    say(room, 'number', 1);
    CourseRoom.of(room.roomId).broadcast('number' as never, 2 as never);
    const heard = numbersHeard(room);
    await until('three seconds of silence are over', () => performance.now() - stalledAtMs > 3_000);

    const releasedAtMs = performance.now();
    proxy.release();
    await until('it is back', () => away.length > 0);
    const backAfterMs = performance.now() - releasedAtMs;
    const { tick } = room.state;
    await until('it plays on', () => room.state.tick > tick + 10 && heard.length > 0);

    console.info(
      `silent link: noticed after ${lostAfterMs.toFixed(0)} ms, back ${backAfterMs.toFixed(0)} ms after its return`,
    );
    expect(lostAfterMs).toBeLessThan(1_200);
    expect(backAfterMs).toBeLessThan(2_000);
    expect(heard).toEqual([2]);
    expect(CourseRoom.of(room.roomId).heard.get(room.sessionId)).toEqual([1]);
    await room.leave();
  });

  it('[S5] ends with a code that says so when more waits than it keeps', async () => {
    const room = await join();
    const served = CourseRoom.of(room.roomId);
    const ends: number[] = [];
    room.onLeave((code) => ends.push(code));
    await until('it plays', () => room.state.tick > 0);
    proxy.stall();
    await until('the server has let go of the connection', () => {
      (served.clients.get(room.sessionId)?.ref as { terminate?(): void } | undefined)?.terminate?.();
      return served.clients.length === 0;
    });
    for (let i = 0; i <= 400; i++) served.broadcast('number' as never, i as never);
    proxy.release();
    await until('the client is told', () => ends.length > 0);
    expect(ends).toEqual([CloseReason.SessionOverflow]);
  });

  it('[M5] carries a leave that was said while the connection was away', async () => {
    const room = await join();
    const served = CourseRoom.of(room.roomId);
    await until('it plays', () => room.state.tick > 0);
    const drops: number[] = [];
    room.onDrop((code) => drops.push(code));
    proxy.cut();
    await until('the client knows', () => drops.length > 0);
    expect(await room.leave()).toBe(4000);
    await until('the room knows', () => served.left.some(({ sessionId }) => sessionId === room.sessionId));
    expect(served.left.filter(({ sessionId }) => sessionId === room.sessionId)).toEqual([
      { sessionId: room.sessionId, code: 4000 },
    ]);
  });

  it('[M5] answers a request that was on its way when the connection was cut', async () => {
    const room = await join();
    await until('it plays', () => room.state.tick > 0);
    const answer = room.request('double' as never, 21 as never);
    proxy.cut();
    expect(await answer).toBe(42);
    await room.leave();
  });
});
