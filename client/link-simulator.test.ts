import { beforeEach, describe, expect, it } from '@jest/globals';
import type { FakeSocket } from '../test/support/fake-socket.ts';
import { fakeSockets } from '../test/support/fake-socket.ts';
import { VirtualTimers } from '../test/support/virtual-timers.ts';
import { LinkSimulator } from './link-simulator.ts';
import { abandonSocket, type Socket } from './socket.ts';

let timers: VirtualTimers;
let link: LinkSimulator;
let sockets: FakeSocket[];
let near: Socket;
let heard: string[];

/** The server's end of the newest socket. */
const far = (): FakeSocket => sockets.at(-1)!;

function connect(): void {
  const fake = fakeSockets();
  ({ sockets } = fake);
  near = link.wrap(fake.open)('ws://server/room', [], {});
  near.onopen = () => heard.push('open');
  near.onmessage = ({ data }) => heard.push(`message ${new Uint8Array(data as ArrayBuffer)[0]}`);
  near.onclose = ({ code, reason }) => heard.push(`close ${code} ${reason}`);
}

const sent = (): number[] => far().sent.map((data) => data[0]!);

beforeEach(() => {
  timers = new VirtualTimers(1_000);
  link = new LinkSimulator(timers);
  heard = [];
});

describe('link simulator', () => {
  it('without delay passes all at once, both ways', () => {
    connect();
    far().open('velarium.1');
    near.send(Uint8Array.of(1));
    far().receive(Uint8Array.of(2));
    far().end(1001, 'bye');
    expect(heard).toEqual(['open', 'message 2', 'close 1001 bye']);
    expect([near.protocol, near.readyState, sent()]).toEqual(['velarium.1', 3, [1]]);
    expect(timers.count).toBe(0);
  });

  it('adds its delay to the opening, each message and the close, one way each', () => {
    link.delayMs = 50;
    connect();
    expect(sockets).toEqual([]);
    timers.advance(50);
    far().open();
    expect(near.readyState).toBe(0);
    timers.advance(49);
    expect(heard).toEqual([]);
    timers.advance(1);
    expect([heard, near.readyState]).toEqual([['open'], 1]);

    near.send(Uint8Array.of(1));
    timers.advance(49);
    expect(sent()).toEqual([]);
    timers.advance(1);
    expect(sent()).toEqual([1]);

    far().receive(Uint8Array.of(2));
    timers.advance(10);
    far().end(1000);
    timers.advance(40);
    expect(heard).toEqual(['open', 'message 2']);
    timers.advance(10);
    expect(heard).toEqual(['open', 'message 2', 'close 1000 ']);
    expect(timers.count).toBe(0);
  });

  it('keeps the order, however the jitter falls', () => {
    connect();
    far().open();
    link.jitterMs = 100;
    for (let i = 0; i < 20; i++) {
      timers.nextRandom = ((i * 7) % 10) / 10;
      near.send(Uint8Array.of(i));
      far().receive(Uint8Array.of(i));
      timers.advance(5);
    }
    timers.advance(100);
    expect(sent()).toEqual(Array.from({ length: 20 }, (_, i) => i));
    expect(heard).toEqual(['open', ...Array.from({ length: 20 }, (_, i) => `message ${i}`)]);
  });

  it('keeps the order when the delay gets shorter', () => {
    connect();
    far().open();
    link.delayMs = 100;
    near.send(Uint8Array.of(1));
    link.delayMs = 0;
    near.send(Uint8Array.of(2));
    expect(sent()).toEqual([]);
    timers.advance(100);
    expect(sent()).toEqual([1, 2]);
  });

  it('sends what was given, though its buffer is used again', () => {
    link.delayMs = 10;
    connect();
    timers.advance(10);
    far().open();
    timers.advance(10);
    const data = Uint8Array.of(1);
    near.send(data);
    data[0] = 9;
    timers.advance(10);
    expect(sent()).toEqual([1]);
  });

  it('while stalled passes nothing either way and says nothing; then all comes in order', () => {
    connect();
    far().open();
    link.stalled = true;
    near.send(Uint8Array.of(1));
    far().receive(Uint8Array.of(2));
    far().receive(Uint8Array.of(3));
    timers.advance(60_000);
    expect([heard, sent(), near.readyState]).toEqual([['open'], [], 1]);
    link.stalled = false;
    timers.advance(0);
    expect([heard, sent()]).toEqual([['open', 'message 2', 'message 3'], [1]]);
    expect(timers.count).toBe(0);
  });

  it('while stalled opens nothing', () => {
    link.stalled = true;
    connect();
    timers.advance(60_000);
    expect(sockets).toEqual([]);
    link.stalled = false;
    timers.advance(0);
    far().open();
    expect(heard).toEqual(['open']);
  });

  it('while stalled tells neither side of a close', () => {
    connect();
    far().open();
    link.stalled = true;
    far().end(1001);
    timers.advance(60_000);
    expect(heard).toEqual(['open']);
    link.stalled = false;
    timers.advance(0);
    expect(heard).toEqual(['open', 'close 1001 ']);

    connect();
    far().open();
    link.stalled = true;
    near.close(4_000, 'bye');
    expect(near.readyState).toBe(2);
    expect(far().closes).toEqual([]);
    link.stalled = false;
    timers.advance(0);
    expect(far().closes).toEqual([{ code: 4_000, reason: 'bye' }]);
  });

  it('closes behind what was sent before it', () => {
    link.delayMs = 20;
    connect();
    timers.advance(20);
    far().open();
    timers.advance(20);
    near.send(Uint8Array.of(1));
    near.close(4_000);
    timers.advance(20);
    expect([sent(), far().closes]).toEqual([[1], [{ code: 4_000, reason: undefined }]]);
  });

  it('a socket that nobody listens to any more is closed, when the link is there, and leaves no timer', () => {
    link.delayMs = 20;
    connect();
    timers.advance(20);
    far().open();
    timers.advance(20);
    link.stalled = true;
    near.close(4_100);
    abandonSocket(near);
    timers.advance(10_000);
    expect(far().closes).toEqual([]);
    link.stalled = false;
    timers.advance(20);
    expect(far().closes[0]).toEqual({ code: 4_100, reason: undefined });
    expect(far().abandoned).toBe(true);
    far().receive(Uint8Array.of(2));
    far().end();
    timers.advance(1_000);
    expect([heard, timers.count]).toEqual([['open'], 0]);
  });

  it('a socket that is let go before it was opened is closed, too', () => {
    link.delayMs = 20;
    connect();
    abandonSocket(near);
    timers.advance(100);
    expect(far().closes.length).toBeGreaterThan(0);
    far().open();
    timers.advance(100);
    expect([heard, timers.count]).toEqual([[], 0]);
  });

  it('a listener that throws holds up nothing behind it', () => {
    connect();
    far().open();
    near.onmessage = () => {
      heard.push('message');
      throw new Error('a listener failed');
    };
    link.stalled = true;
    far().receive(Uint8Array.of(1));
    far().receive(Uint8Array.of(2));
    far().end(1001);
    link.stalled = false;
    expect(() => timers.advance(0)).toThrow('a listener failed');
    expect(() => timers.advance(0)).toThrow('a listener failed');
    timers.advance(0);
    expect(heard).toEqual(['open', 'message', 'message', 'close 1001 ']);
    expect(timers.count).toBe(0);
  });
});
