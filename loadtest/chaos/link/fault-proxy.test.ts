import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { systemTimers } from '../../../client/timers.ts';
import { Random } from '../../../shared/arena/random.ts';
import { until } from '../../../test/support/until.ts';
import { FaultProxy } from './fault-proxy.ts';
import { MAX_WAITING_BYTES } from './shaper.ts';

/** What Node reads from a socket at once. */
const READ_BYTES = 65_536;

/** What one end of a connection heard. */
class End {
  readonly socket: Socket;
  text = '';
  ended = false;
  closed = false;
  errorCode: string | undefined;

  constructor(socket: Socket) {
    this.socket = socket.setNoDelay(true);
    socket.on('data', (data: Buffer) => {
      this.text += data.toString();
    });
    socket.on('end', () => (this.ended = true));
    socket.on('close', () => (this.closed = true));
    socket.on('error', ({ code }: NodeJS.ErrnoException) => (this.errorCode = code));
  }

  say(text: string): void {
    this.socket.write(text);
  }
}

let server: Server;
let link: FaultProxy;
let served: End[];
const ends: End[] = [];

beforeEach(async () => {
  served = [];
  server = createServer({ allowHalfOpen: true }, (socket) => served.push(new End(socket)));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const random = new Random(7);
  const timers = { ...systemTimers, random: () => random.next() / 2 ** 32 };
  link = await FaultProxy.before((server.address() as AddressInfo).port, timers);
});

afterEach(async () => {
  for (const { socket } of [...ends.splice(0), ...served]) socket.destroy();
  await link.close();
  await new Promise((resolve) => server.close(resolve));
});

/** A client and the server's end of its connection. */
async function pair(): Promise<[near: End, far: End]> {
  const near = new End(connect({ port: link.port, host: '127.0.0.1', allowHalfOpen: true }));
  ends.push(near);
  const before = served.length;
  await Promise.all([once(near.socket, 'connect'), until('the server has it', () => served.length > before)]);
  return [near, served.at(-1)!];
}

describe('a link that breaks', () => {
  it('passes everything on while nothing is wrong, ends included, each by itself', async () => {
    const [near, far] = await pair();
    near.say('ping');
    await until('it is there', () => far.text === 'ping');
    near.socket.end('bye');
    await until('its end is there', () => far.ended);
    expect(far.text).toBe('pingbye');
    far.socket.end('still here');
    await until('all is over', () => near.closed && link.connections === 0);
    expect(near.text).toBe('still here');
    expect([near.errorCode, far.errorCode]).toEqual([undefined, undefined]);
  });

  it('holds one direction without a word, and the other one passes', async () => {
    const [near, far] = await pair();
    link.hold(['back']);
    near.say('question');
    await until('it is there', () => far.text === 'question');
    far.say('answer');
    near.say(' again');
    await until('that too', () => far.text === 'question again');
    expect([near.text, near.closed]).toEqual(['', false]);
    link.release();
    await until('the answer came late', () => near.text === 'answer');
  });

  it('holds ends and resets as well, and takes connections into nowhere', async () => {
    const [near, far] = await pair();
    link.hold();
    const [late, lateFar] = await pair();
    late.say('hello');
    near.socket.resetAndDestroy();
    late.socket.end();
    await until('it is gone here', () => near.closed);
    expect([far.closed, lateFar.text, lateFar.ended]).toEqual([false, '', false]);
    link.release();
    await until('the other side hears of it', () => far.closed && lateFar.ended);
    expect([far.errorCode, lateFar.text]).toEqual(['ECONNRESET', 'hello']);
  });

  it('keeps little of what is held: then the sender has to wait', async () => {
    const [near, far] = await pair();
    link.hold(['there']);
    const total = 64 * MAX_WAITING_BYTES;
    near.socket.write(Buffer.alloc(total, 'x'));
    await until('no more fits', () => link.waitingBytes >= MAX_WAITING_BYTES);
    far.say('the other way is open');
    await until('time has passed', () => near.text !== '');
    expect(link.waitingBytes).toBeLessThanOrEqual(MAX_WAITING_BYTES + READ_BYTES);
    expect(near.socket.writableLength).toBeGreaterThan(0);
    link.release();
    await until('all of it is there', () => far.text.length === total);
    expect([near.socket.writableLength, link.waitingBytes]).toEqual([0, 0]);
  });

  it('resets all connections on both sides, once or until it is told to stop', async () => {
    const [near, far] = await pair();
    link.reset();
    await until('both are cut', () => near.closed && far.closed);
    expect([near.errorCode, far.errorCode]).toEqual(['ECONNRESET', 'ECONNRESET']);
    const [again] = await pair();
    expect(again.closed).toBe(false);
    link.refuse();
    const refused = new End(connect(link.port, '127.0.0.1'));
    ends.push(refused);
    await until('it is refused', () => refused.closed);
    expect(served.length).toBe(2);
    link.release();
    const [last, lastFar] = await pair();
    last.say('hi');
    await until('all is well', () => lastFar.text === 'hi');
  });

  it('half-closes: one direction ends, the other one goes on', async () => {
    const [near, far] = await pair();
    link.halfClose('there');
    await until('the end is there', () => far.ended);
    near.say('into the void');
    far.say('I can talk');
    await until('the other way is open', () => near.text === 'I can talk');
    expect([far.text, near.ended]).toEqual(['', false]);
  });

  // Into which pieces is the shaper's test; here the kernel may have put them together again.
  it('cuts into single bytes and delays, and loses nothing', async () => {
    const [near, far] = await pair();
    link.change({ sliceBytes: 1, latencyMs: 2, jitterMs: 3 });
    const words = Array.from({ length: 50 }, (_, i) => `word ${i} `);
    for (const word of words) near.say(word);
    await until('all is there', () => far.text === words.join(''));
    expect(far.text).toBe(words.join(''));
  });

  it('resets whoever comes when nobody is there on the other side', async () => {
    await new Promise((resolve) => server.close(resolve));
    const near = new End(connect(link.port, '127.0.0.1'));
    ends.push(near);
    await until('it is told', () => near.closed);
    await until('nothing is left', () => link.connections === 0);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve)); // for afterEach
  });
});
