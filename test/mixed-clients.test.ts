import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Client } from 'colyseus.js';
import { connect } from '../client/connect.ts';
import { type RunningServer, serve } from '../server/serve.ts';
import { CourseRoom } from './support/course.ts';
import { until } from './support/until.ts';

let server: RunningServer;

beforeAll(async () => {
  server = await serve({ rooms: { course: CourseRoom }, port: 0, handleSignals: false });
});

afterAll(async () => {
  await server.close();
});

describe('framed and plain clients in one room (F)', () => {
  it('[F8] see the same state at the same tick, hear the same messages, and both move', async () => {
    const endpoint = `http://127.0.0.1:${server.port}`;
    const framed = await connect<CourseRoom>(endpoint, { room: 'course', join: { name: 'framed' } });
    // The SDK as it comes, without a line of ours.
    const plain = await new Client(endpoint).joinById<CourseRoom>(framed.roomId, { name: 'plain' });
    expect(plain.connection.constructor.name).toBe('Connection');
    const states = { framed: new Map<number, string>(), plain: new Map<number, string>() };
    framed.onStateChange((state) => states.framed.set(state.tick, JSON.stringify(state)));
    plain.onStateChange((state) => states.plain.set(state.tick, JSON.stringify(state)));
    const heard: string[] = [];
    framed.onMessage('news' as never, (text: never) => heard.push(`framed ${String(text)}`));
    plain.onMessage('news' as never, (text: never) => heard.push(`plain ${String(text)}`));

    const inputs = [framed.input(), plain.input()];
    const run = setInterval(() => {
      for (const [i, input] of inputs.entries()) {
        input.data.dx = i + 1;
        input.send();
      }
    }, 15);
    await until('both have run far', () => {
      const { runners } = framed.state;
      return (runners?.get(framed.sessionId)?.x ?? 0) > 60 && (runners?.get(plain.sessionId)?.x ?? 0) > 120;
    });
    clearInterval(run);
    CourseRoom.of(framed.roomId).broadcast('news' as never, 'x'.repeat(2_000) as never);
    await until('both have heard', () => heard.length === 2);

    const common = [...states.framed.keys()].filter((tick) => states.plain.has(tick));
    expect(common.length).toBeGreaterThan(50);
    for (const tick of common) expect(states.plain.get(tick)).toBe(states.framed.get(tick));
    expect(heard.sort()).toEqual([`framed ${'x'.repeat(2_000)}`, `plain ${'x'.repeat(2_000)}`]);
    await Promise.all([framed.leave(), plain.leave()]);
  });
});
