import { describe, expect, it } from '@jest/globals';
import { VirtualTimers } from '../../test/support/virtual-timers.ts';
import { Metronome, SLOTS } from './metronome.ts';

const HZ = 62.5; // ticks of 16 ms, slots of 1 ms: whole numbers

function metronome(players: number) {
  const timers = new VirtualTimers(1_000);
  const played: { player: number; dueMs: number; nowMs: number }[] = [];
  const lateness: number[] = [];
  const it = new Metronome<number>(
    timers,
    HZ,
    (player, dueMs) => played.push({ player, dueMs, nowMs: timers.now() }),
    (latenessMs) => lateness.push(latenessMs),
  );
  for (let player = 0; player < players; player++) it.add(player);
  return { it, timers, played, lateness };
}

describe('the schedule', () => {
  it('plays each player once a tick, at its own moment of it', () => {
    const { timers, played } = metronome(SLOTS + 1);
    timers.advance(31);
    const dues = (player: number) => played.filter((play) => play.player === player).map(({ dueMs }) => dueMs);
    expect(dues(0)).toEqual([1_000, 1_016]);
    expect(dues(5)).toEqual([1_005, 1_021]);
    expect(dues(SLOTS)).toEqual(dues(0));
    expect(played.every(({ dueMs, nowMs }) => dueMs === nowMs)).toBe(true);
  });

  it('plays what a stall held up with the times when it was due, and says how late it is', () => {
    const { timers, played, lateness } = metronome(1);
    timers.advance(1);
    timers.sleep(100);
    timers.advance(0);
    expect(played.map(({ dueMs }) => dueMs)).toEqual([1_000, 1_016, 1_032, 1_048, 1_064, 1_080, 1_096]);
    expect(played.at(-1)!.nowMs).toBe(1_101);
    expect(Math.max(...lateness)).toBe(99);
  });

  it('makes up a second at most', () => {
    const { timers, played } = metronome(1);
    timers.advance(1);
    played.length = 0;
    timers.sleep(60_000);
    timers.advance(0);
    expect(played).toHaveLength(60);
  });

  it('ends with its timer', () => {
    const { it: schedule, timers } = metronome(1);
    schedule.stop();
    expect(timers.count).toBe(0);
  });
});
