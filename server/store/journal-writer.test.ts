import { beforeEach, describe, expect, it } from '@jest/globals';
import { until } from '../../test/support/until.ts';
import { RedisUnavailableError } from '../redis/redis-error.ts';
import type { SealedEntry } from './journal-entry.ts';
import { JournalWriter } from './journal-writer.ts';
import type { JournalLimits } from './journal-writer.ts';
import { MemoryStore } from './memory-store.ts';
import type { Ownership, SeatChanges, Seats, SnapshotContent } from './room-store.ts';
import { content } from './store-contract.ts';

/** What becomes of a write: it arrives and is answered, arrives only, or neither. */
type Fate = 'answered' | 'unanswered' | 'lost';

/** A store at the end of a bad link: each write waits for its fate. */
class FarStore extends MemoryStore {
  writes: { what: string; meet: (fate: Fate) => void }[] = [];
  /** Every write meets this one at once; undefined: it waits. */
  fate: Fate | undefined;
  isThere = true;

  constructor(limits: { maxEntries?: number } = {}) {
    super({ limits });
  }

  override get available(): boolean {
    return this.isThere;
  }

  override append(owner: Ownership, entries: readonly SealedEntry[], seats?: SeatChanges): Promise<void> {
    const [first, last] = [entries[0]!.sequence, entries.at(-1)!.sequence];
    const named = [...(seats ?? [])].map(([id]) => id);
    return this.#far(`append ${owner.epoch}-${first}..${last} ${named.join(',')}`.trim(), () =>
      super.append(owner, entries, seats),
    );
  }

  override saveSnapshot(owner: Ownership, sequence: number, snapshot: SnapshotContent): Promise<void> {
    return this.#far(`snapshot ${owner.epoch}-${sequence}`, () => super.saveSnapshot(owner, sequence, snapshot));
  }

  override begin(owner: Ownership, first: SnapshotContent, seats: Seats, epoch: number): Promise<Ownership> {
    return this.#far(`begin ${epoch}`, () => super.begin(owner, first, seats, epoch));
  }

  async #far<T>(what: string, work: () => Promise<T>): Promise<T> {
    const fate = await new Promise<Fate>((meet) => {
      this.writes.push({ what, meet });
      if (this.fate !== undefined) meet(this.fate);
    });
    if (fate === 'lost') throw new RedisUnavailableError('lost');
    const answer = await work();
    if (fate === 'unanswered') throw new RedisUnavailableError('no answer');
    return answer;
  }
}

let store: FarStore;
let owner: Ownership;
let writer: JournalWriter;
let durable: number[];
let events: string[];

beforeEach(() => setUp());

async function setUp(limits: Partial<JournalLimits> = {}, storeLimits: { maxEntries?: number } = {}): Promise<void> {
  store = new FarStore(storeLimits);
  store.fate = 'answered';
  owner = await store.create('room', { node: 'a' }, content(0));
  durable = [];
  events = [];
  writer = new JournalWriter({
    store,
    owner,
    tick: 0,
    limits,
    onDurable: (tick) => durable.push(tick),
    onStopped: (reason) => events.push(reason),
    onFenced: (error) => events.push(error.code),
  });
}

const bytes = (text: string): Buffer => Buffer.from(text);
function add(from: number, to = from): void {
  for (let tick = from; tick <= to; tick++) writer.add(tick, bytes(`t${tick}`));
}
async function flushed(): Promise<void> {
  writer.flush();
  await writer.settled();
}
const writes = (): string[] => store.writes.map(({ what }) => what);
async function nextWrite(): Promise<FarStore['writes'][0]> {
  const { length } = store.writes;
  await until('there is a write', () => store.writes.length > length);
  return store.writes.at(-1)!;
}
const stored = async (): Promise<number[]> => (await store.load('room')).ticks.map(({ tick }) => tick);
const counting = (from: number, to: number): number[] => Array.from({ length: to - from + 1 }, (_, i) => from + i);

describe('a writer of the journal', () => {
  it('writes what was added in one entry a flush, and says up to where it is durable', async () => {
    add(1, 3);
    await flushed();
    add(4);
    writer.seat('alice', bytes('a'));
    await flushed();
    await flushed();
    expect(writes()).toEqual(['append 1-1..1', 'append 1-2..2 alice']);
    expect(durable).toEqual([3, 4]);
    expect(await stored()).toEqual([1, 2, 3, 4]);
    expect([writer.queuedBytes, writer.queuedTicks, writer.isDurable]).toEqual([0, 0, true]);
  });

  it('copies what it is given', async () => {
    const body = bytes('before');
    writer.add(1, body);
    writer.seat('alice', body);
    body.fill(0);
    await flushed();
    const room = await store.load('room');
    expect(Buffer.from(room.ticks[0]!.body).toString()).toBe('before');
    expect(Buffer.from(room.seats.get('alice')!).toString()).toBe('before');
  });

  it('writes seats alone, and forgets those that are gone', async () => {
    writer.seat('alice', bytes('a'));
    writer.seat('bob', bytes('b'));
    await flushed();
    writer.seat('alice', undefined);
    await flushed();
    expect([...(await store.load('room')).seats.keys()]).toEqual(['bob']);
    expect(durable).toEqual([0, 0]);
  });

  it('has one write under way; the rest follows in one', async () => {
    store.fate = undefined;
    add(1);
    writer.flush();
    await until('it is under way', () => store.writes.length === 1);
    for (let tick = 2; tick <= 9; tick++) {
      add(tick);
      writer.flush();
    }
    expect(store.writes).toHaveLength(1);
    expect(durable).toEqual([]);
    store.fate = 'answered';
    store.writes[0]!.meet('answered');
    await writer.settled();
    await flushed();
    expect(writes()).toEqual(['append 1-1..1', 'append 1-2..2']);
    expect(durable).toEqual([1, 9]);
  });

  it.each(['unanswered', 'lost'] as const)('sends a write again that was %s; it is there once', async (fate) => {
    add(1, 2);
    writer.seat('alice', bytes('a'));
    store.fate = fate;
    await flushed();
    expect(durable).toEqual([]);
    add(3);
    store.fate = 'answered';
    await flushed();
    expect(writes()).toEqual(['append 1-1..1 alice', 'append 1-1..2 alice']);
    expect(durable).toEqual([3]);
    expect(await stored()).toEqual([1, 2, 3]);
  });

  it('keeps what cannot be written, in order, and catches up', async () => {
    store.isThere = false;
    for (let tick = 1; tick <= 1_000; tick++) {
      writer.add(tick, Buffer.alloc(700));
      writer.flush();
    }
    expect(writes()).toEqual([]);
    expect(writer.queuedTicks).toBe(1_000);
    store.isThere = true;
    await flushed();
    expect(await stored()).toEqual(counting(1, 1_000));
    // Entries of 64 KiB or so, and all in one write.
    expect(writes()).toEqual(['append 1-1..11']);
    expect(durable).toEqual([1_000]);
  });

  it('writes the seats of a tick with that tick, also when it catches up', async () => {
    store.isThere = false;
    for (let tick = 1; tick <= 2_000; tick++) {
      writer.add(tick, Buffer.alloc(1_000));
      if (tick === 100) writer.seat('early', bytes('100'));
      if (tick === 1_900) writer.seat('early', bytes('1900'));
      if (events.length > 0) break;
    }
    expect(events).toEqual(['overflow']);
    await setUp({ bytes: 4_194_304 });
    store.isThere = false;
    for (let tick = 1; tick <= 2_000; tick++) {
      writer.add(tick, Buffer.alloc(1_000));
      if (tick === 100 || tick === 1_900) writer.seat('alice', bytes(`${tick}`));
    }
    store.isThere = true;
    store.fate = undefined;
    writer.flush();
    await until('the first part is under way', () => store.writes.length === 1);
    expect(writes()).toEqual(['append 1-1..16 alice']);
    const second = nextWrite();
    store.writes[0]!.meet('answered');
    await second;
    const half = await store.load('room');
    expect(half.ticks.at(-1)!.tick).toBeLessThan(1_900);
    expect(Buffer.from(half.seats.get('alice')!).toString()).toBe('100');
    (await second).meet('answered');
    await writer.settled();
    expect(Buffer.from((await store.load('room')).seats.get('alice')!).toString()).toBe('1900');
    expect(durable.at(-1)).toBe(2_000);
  });
});

describe('snapshots', () => {
  it('follow what they cover, and are counted', async () => {
    add(1, 2);
    writer.snapshot(content(2));
    add(3);
    await flushed();
    expect(writes()).toEqual(['append 1-1..2', 'snapshot 1-1']);
    expect(writer.snapshotTick).toBe(2);
    const room = await store.load('room');
    expect([room.snapshot.tick, room.ticks.map(({ tick }) => tick)]).toEqual([2, [3]]);
  });

  it('that wait give way to newer ones, and are sent again', async () => {
    store.isThere = false;
    add(1);
    writer.snapshot(content(1));
    add(2);
    writer.snapshot(content(2));
    store.isThere = true;
    store.fate = 'unanswered';
    await flushed();
    store.fate = 'answered';
    await flushed();
    await flushed();
    expect(writes()).toEqual(['append 1-1..2', 'append 1-1..2', 'snapshot 1-2']);
    expect((await store.load('room')).snapshot.tick).toBe(2);
  });
});

describe('when the journal cannot go on', () => {
  const seats = new Map([['bob', bytes('b')]]);

  it.each([
    ['ticks', { ticks: 10 }],
    ['bytes', { bytes: 200 }],
  ])('because too many %s wait, it says so once, keeps nothing, and starts anew', async (_, limits) => {
    await setUp(limits);
    store.isThere = false;
    add(1, 100);
    expect(events).toEqual(['overflow']);
    expect([writer.state, writer.queuedBytes]).toEqual(['stopped', 0]);
    writer.restart(content(100), seats);
    add(101, 103);
    store.isThere = true;
    await flushed();
    expect(writes()).toEqual(['begin 2', 'append 2-1..1']);
    expect(durable).toEqual([100, 103]);
    expect(writer.owner.epoch).toBe(2);
    const room = await store.load('room');
    expect([room.snapshot.tick, room.ticks.map(({ tick }) => tick), [...room.seats.keys()]]).toEqual([
      100,
      [101, 102, 103],
      ['bob'],
    ]);
  });

  it('counts seats as well, those that are gone too', async () => {
    await setUp({ bytes: 4_096 });
    store.isThere = false;
    for (let i = 0; i < 1_000; i++) writer.seat('same', bytes('x'.repeat(i)));
    expect(events).toEqual([]);
    for (let i = 0; i < 1_000; i++) writer.seat(`s${i}`, undefined);
    expect(events).toEqual(['overflow']);
  });

  it('because the store lost it, goes on once begun anew', async () => {
    add(1);
    await flushed();
    store.empty();
    add(2);
    await flushed();
    expect(events).toEqual(['lost']);
    add(3); // in the snapshot
    writer.restart(content(3), seats);
    add(4);
    await flushed();
    expect(durable).toEqual([1, 3, 4]);
    expect(await stored()).toEqual([4]);
  });

  it('because it is full, goes on once begun anew', async () => {
    await setUp({}, { maxEntries: 3 });
    for (let tick = 1; tick <= 3; tick++) {
      add(tick);
      await flushed();
    }
    expect(events).toEqual(['full']);
    writer.restart(content(3), seats);
    await flushed();
    expect([writer.owner.epoch, writer.durableTick]).toEqual([2, 3]);
  });

  it.each(['unanswered', 'lost'] as const)('a beginning that is %s is sent again, and undoes nothing', async (fate) => {
    writer.restart(content(5), seats);
    store.fate = fate;
    await flushed();
    await flushed();
    store.fate = 'answered';
    add(6);
    await flushed();
    expect(writes()).toEqual(['begin 2', 'begin 2', 'begin 2', 'append 2-1..1']);
    expect(durable).toEqual([5, 6]);
  });

  it('a beginning that may have arrived is followed by one above it', async () => {
    writer.restart(content(5), seats);
    store.fate = 'unanswered';
    await flushed();
    store.fate = 'answered';
    writer.restart(content(9), seats);
    add(10);
    await flushed();
    expect(writes()).toEqual(['begin 2', 'begin 3', 'append 3-1..1']);
    expect((await store.load('room')).snapshot.tick).toBe(9);
    expect(durable).toEqual([9, 10]);
  });

  it('what was under way before says nothing of what comes after', async () => {
    store.fate = undefined;
    add(1);
    writer.flush();
    await until('it is under way', () => store.writes.length === 1);
    writer.restart(content(7), seats);
    add(8);
    store.writes[0]!.meet('answered');
    await writer.settled();
    expect(durable).toEqual([]);
    store.fate = 'answered';
    await flushed();
    expect(durable).toEqual([7, 8]);
    expect(await stored()).toEqual([8]);
  });
});

describe('when the room is another’s', () => {
  it('says so once, for good, and lets everything go', async () => {
    await store.claim('room', { node: 'b' }, { node: 'a' });
    add(1);
    await flushed();
    expect(events).toEqual(['fenced']);
    expect([writer.state, writer.queuedBytes]).toEqual(['fenced', 0]);
    add(2);
    writer.seat('alice', bytes('a'));
    writer.snapshot(content(2));
    writer.restart(content(2), new Map());
    await flushed();
    expect(events).toEqual(['fenced']);
    expect(writes()).toEqual(['append 1-1..1']);
    expect(await stored()).toEqual([]);
  });

  it('does not take it back by beginning anew', async () => {
    writer.restart(content(5), new Map());
    store.fate = 'lost';
    await flushed();
    store.fate = 'answered';
    await store.claim('room', { node: 'b' }, { node: 'a' });
    writer.restart(content(6), new Map()); // under epoch 3, above the claimant's 2
    await flushed();
    expect(events).toEqual(['fenced']);
    expect(await store.owner('room')).toMatchObject({ node: 'b', epoch: 2 });
  });

  it('or no more, the same', async () => {
    await store.end(owner);
    add(1);
    await flushed();
    expect(events).toEqual(['ended']);
  });
});

it('a writer that is closed writes no more and says no more', async () => {
  store.fate = undefined;
  add(1);
  writer.flush();
  await until('it is under way', () => store.writes.length === 1);
  writer.close();
  add(2);
  store.writes[0]!.meet('answered');
  await writer.settled();
  await flushed();
  expect([durable, events, writes().length]).toEqual([[], [], 1]);
});
