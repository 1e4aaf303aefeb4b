import { beforeEach, describe, expect, it } from '@jest/globals';
import { SlowWs } from '../../test/support/slow-ws.ts';
import { StateGate } from './state-gate.ts';
import { DEFAULT_CONNECTION_LIMITS } from './transport-options.ts';

const KIB = 1_024;
const { maxBufferedStateBytes: MAX_BYTES, maxBufferedStateMs: MAX_MS } = DEFAULT_CONNECTION_LIMITS;

let gate: StateGate;
beforeEach(() => void (gate = new StateGate(DEFAULT_CONNECTION_LIMITS)));

/** A STATE goes out, and leaves this much in the buffer. */
function sendState(leftBytes = 0, nowMs = 0): void {
  expect(gate.passState()).toBe(true);
  gate.wrote(leftBytes, nowMs);
}

describe('state gate', () => {
  it('[S13] lets no DELTA through before a STATE, and asks for none: it comes with the join', () => {
    gate.measure(0, 0);
    gate.interrupt();
    expect([gate.flowing, gate.takeDue()]).toEqual([false, false]);
    sendState();
    expect([gate.flowing, gate.takeDue()]).toEqual([true, false]);
  });

  it('[S14] lets nothing through with more than 16 KiB waiting, until the buffer is empty; then a STATE is due, once', () => {
    sendState();
    gate.measure(MAX_BYTES, 0);
    expect(gate.flowing).toBe(true);
    gate.measure(MAX_BYTES + 1, 0);
    for (const left of [MAX_BYTES, 1]) {
      gate.measure(left, 1);
      expect([gate.flowing, gate.passState(), gate.takeDue()]).toEqual([false, false, false]);
    }
    gate.measure(0, 2);
    expect([gate.flowing, gate.takeDue(), gate.takeDue(), gate.flowing]).toEqual([false, true, false, false]);
    sendState();
    expect([gate.flowing, gate.takeDue()]).toEqual([true, false]);
  });

  it('[S14] nor when something has waited for more than 250 ms', () => {
    sendState();
    gate.measure(1, 1_000);
    gate.measure(900, 1_000 + MAX_MS);
    expect(gate.flowing).toBe(true);
    gate.measure(1, 1_001 + MAX_MS);
    expect(gate.flowing).toBe(false);
  });

  it('[S14] what has just been written is no sign of a slow socket: it may have left by the next time', () => {
    sendState();
    for (let nowMs = 0; nowMs < 1_000; nowMs += 16) {
      gate.measure(0, nowMs);
      gate.wrote(10 * MAX_BYTES, nowMs);
    }
    expect(gate.flowing).toBe(true);
    gate.measure(10 * MAX_BYTES, 1_001);
    expect(gate.flowing).toBe(false);
  });

  it('[S14] a buffer that was empty in between begins anew', () => {
    sendState();
    for (let nowMs = 0; nowMs < 10 * MAX_MS; nowMs += 10) {
      gate.measure(10_000, nowMs);
      if (nowMs % 200 === 0) gate.measure(0, nowMs);
    }
    expect(gate.flowing).toBe(true);
  });

  it('[S15] what a STATE left widens both bounds by twice that, until the buffer is empty', () => {
    const left = 4 * MAX_BYTES;
    sendState(left, 1_000);
    gate.measure(9 * MAX_BYTES, 1_000 + 9 * MAX_MS);
    expect([gate.flowing, gate.allowanceBytes]).toEqual([true, 8 * MAX_BYTES]);
    gate.measure(1, 1_001 + 9 * MAX_MS);
    expect(gate.flowing).toBe(false);

    gate = new StateGate(DEFAULT_CONNECTION_LIMITS);
    sendState(left, 1_000);
    gate.measure(9 * MAX_BYTES + 1, 1_000);
    expect(gate.flowing).toBe(false);

    gate = new StateGate(DEFAULT_CONNECTION_LIMITS);
    sendState(left, 1_000);
    gate.measure(0, 1_100);
    gate.measure(MAX_BYTES + 1, 1_100);
    expect([gate.flowing, gate.allowanceBytes]).toEqual([false, 0]);
  });

  it('[S15] no second STATE goes into the buffer behind one that is still there: it is due when that has left', () => {
    sendState(100_000);
    expect([gate.passState(), gate.flowing]).toEqual([false, false]);
    gate.measure(0, 50);
    expect(gate.takeDue()).toBe(true);
    sendState(10);
    gate.measure(0, 100);
    sendState(10);
    expect(gate.flowing).toBe(true);
  });

  it('[S16] an interruption lets nothing through until the buffer is empty, and then a STATE is due', () => {
    sendState();
    gate.measure(10, 0);
    gate.interrupt();
    expect([gate.flowing, gate.takeDue()]).toEqual([false, false]);
    gate.measure(0, 1);
    gate.interrupt();
    expect([gate.flowing, gate.takeDue(), gate.takeDue()]).toEqual([false, true, false]);
    gate.interrupt(); // it is owed already
    gate.measure(0, 2);
    expect(gate.takeDue()).toBe(false);
  });
});

interface Link {
  stateKib: number;
  /** Of DELTAs, at 60 Hz. */
  deltaKibPerSecond: number;
  /** What the peer takes, by the second. */
  takesKibPerSecond: (second: number) => number;
  seconds: number;
}

/** Sixty times a second: the peer takes its share, the room makes a DELTA, and a STATE where one is due. */
function play({ stateKib, deltaKibPerSecond, takesKibPerSecond, seconds }: Link) {
  const ws = new SlowWs();
  const stateSecs: number[] = [];
  const delta = new Uint8Array((deltaKibPerSecond * KIB) / 60);
  let droppedAfterSecs = 0;
  const sendState = (nowMs: number): void => {
    if (!gate.passState()) return;
    // As frames of 64 KiB.
    for (let kib = stateKib; kib > 0; kib -= 64) ws.send(new Uint8Array(Math.min(64, kib) * KIB));
    gate.wrote(ws.bufferedAmount, nowMs);
    stateSecs.push(nowMs / 1_000);
  };
  sendState(0);
  for (let tick = 1; tick <= 60 * seconds; tick++) {
    const nowMs = (tick * 1_000) / 60;
    ws.drain((takesKibPerSecond(nowMs / 1_000) * KIB) / 60);
    gate.measure(ws.bufferedAmount, nowMs);
    const { flowing } = gate;
    if (flowing) ws.send(delta);
    else droppedAfterSecs = nowMs / 1_000;
    if (gate.takeDue()) sendState(nowMs);
    gate.wrote(ws.bufferedAmount, nowMs);
    ws.take();
  }
  return { ws, stateSecs, droppedAfterSecs };
}

describe('state gate: slow readers', () => {
  it.each([1, 64, 200, 1_024, 8_192])('a reader that is fast gets one STATE of %i KiB and every DELTA', (stateKib) => {
    const { stateSecs, droppedAfterSecs } = play({
      stateKib,
      deltaKibPerSecond: 120,
      takesKibPerSecond: () => 50_000,
      seconds: 5,
    });
    expect([stateSecs, droppedAfterSecs]).toEqual([[0], 0]);
  });

  it.each([
    [64, 3],
    [64, 16],
    [64, 32],
    [200, 16],
    [200, 32],
    [1_024, 32],
  ])('[S15] at 64 KiB/s a STATE of %i KiB and DELTAs of %i KiB/s are level again without a second STATE', (kib, r) => {
    const { ws, stateSecs, droppedAfterSecs } = play({
      stateKib: kib,
      deltaKibPerSecond: r,
      takesKibPerSecond: () => 64,
      seconds: 60,
    });
    expect([stateSecs, droppedAfterSecs]).toEqual([[0], 0]);
    expect(ws.bufferedAmount).toBeLessThan(MAX_BYTES);
    expect(ws.peak).toBeLessThanOrEqual(2 * kib * KIB);
  });

  it.each([64, 100, 600])(
    '[S14] at 64 KiB/s and DELTAs of %i KiB/s it gets whole states, each behind the last',
    (r) => {
      const { ws, stateSecs } = play({
        stateKib: 64,
        deltaKibPerSecond: r,
        takesKibPerSecond: () => 64,
        seconds: 60,
      });
      expect(ws.peak).toBeLessThanOrEqual(3 * 64 * KIB + MAX_BYTES + r * KIB);
      const gaps = stateSecs.slice(1).map((sec, i) => sec - stateSecs[i]!);
      expect(Math.min(...gaps)).toBeGreaterThanOrEqual(1); // what a STATE alone takes
      expect(Math.max(...gaps)).toBeLessThan(6);
    },
  );

  it('[S14] for one that takes nothing no more than a STATE and what may gather behind it waits; then it is level', () => {
    const { ws, stateSecs, droppedAfterSecs } = play({
      stateKib: 128,
      deltaKibPerSecond: 120,
      takesKibPerSecond: (second) => (second < 30 ? 0 : 10_000),
      seconds: 35,
    });
    expect(ws.peak).toBeLessThanOrEqual(3 * 128 * KIB + MAX_BYTES + 2 * KIB);
    expect(stateSecs).toHaveLength(2);
    expect(stateSecs[1]).toBeLessThan(30.1);
    expect(droppedAfterSecs).toBeLessThanOrEqual(stateSecs[1]! + 1 / 60);
  });

  it('[S14] one that stalls now and then for longer than may be loses what was said meanwhile, and is level again', () => {
    const { ws, stateSecs, droppedAfterSecs } = play({
      stateKib: 20,
      deltaKibPerSecond: 6,
      takesKibPerSecond: (second) => (second < 28 && second % 4 > 3 ? 0 : 1_000),
      seconds: 30,
    });
    expect(stateSecs).toHaveLength(8);
    expect(droppedAfterSecs).toBeLessThan(28.1);
    expect(ws.peak).toBeLessThanOrEqual(3 * 20 * KIB + MAX_BYTES);
  });
});
