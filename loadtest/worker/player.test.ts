import { describe, expect, it } from '@jest/globals';
import type { Bot } from '../bots/bot.ts';
import { TimeHistogram } from '../histogram.ts';
import { traffic } from '../bots/counted-socket.ts';
import type { WorkerSecond } from './messages.ts';
import { Player } from './player.ts';
import { Recorder } from './recorder.ts';

class ScriptedBot implements Bot {
  readonly roomId = 'r';
  acknowledged = 0;
  epoch = 0;
  returns = 0;
  sent = 0;
  connected = true;
  send(): number {
    return this.connected ? ++this.sent : 0;
  }
  leave(): Promise<void> {
    return Promise.resolve();
  }
}

function scene(seconds = 2, startMs = 1_000) {
  const reported: WorkerSecond[] = [];
  const recorder = new Recorder(
    startMs,
    seconds,
    () => 1,
    (second) => reported.push(second),
  );
  const bot = new ScriptedBot();
  const player = new Player(bot, recorder, 0, startMs - 100);
  const update = (nowMs: number, acknowledged = bot.acknowledged) => {
    bot.acknowledged = acknowledged;
    player.updated(nowMs);
  };
  return { recorder, reported, bot, player, update };
}

const max = (text: string) => TimeHistogram.decode(text).maxMs;
const count = (text: string) => TimeHistogram.decode(text).count;

describe('a player', () => {
  it('counts an input from when it was due, however late it left', () => {
    const { recorder, reported, player, update } = scene();
    recorder.woke(0, 1_000);
    player.play(1_100, 1_250);
    update(1_300, 1);
    recorder.finish();
    expect(count(reported[0]!.roundTrips)).toBe(1);
    expect(Math.abs(max(reported[0]!.roundTrips) - 200)).toBeLessThanOrEqual(0.2);
  });

  it('counts inputs that were due in the measurement, and updates that came in it', () => {
    const { recorder, reported, player, update } = scene();
    recorder.woke(0, 1_000);
    player.play(999, 1_000); // due before
    player.play(1_000, 1_000);
    player.play(2_999, 2_999);
    player.play(3_000, 3_000); // due behind
    update(1_010, 2);
    update(3_050, 4); // the answer of the third is in time, though behind the end
    recorder.finish();
    const seen = reported.map(({ roundTrips, updates }) => [count(roundTrips), updates]);
    expect(seen).toEqual([[2, 1]]);
  });

  it('counts what has no answer with the time that it waited', () => {
    const { recorder, reported, player } = scene();
    recorder.woke(0, 1_000);
    player.play(2_000, 2_000);
    player.settle(4_000);
    recorder.finish();
    expect(recorder.unansweredInputs).toBe(1);
    expect(Math.abs(max(reported[0]!.roundTrips) - 2_000)).toBeLessThanOrEqual(2);
  });

  it('loses what was under way with its connection, and begins to count anew', () => {
    const { recorder, reported, bot, player, update } = scene();
    recorder.woke(0, 1_000);
    player.play(1_100, 1_100);
    bot.connected = false;
    player.play(1_116, 1_116);
    Object.assign(bot, { connected: true, epoch: 1, sent: 0, acknowledged: 0 });
    player.play(1_500, 1_500);
    update(1_520, 1);
    recorder.finish();
    expect(recorder.unansweredInputs).toBe(1);
    expect(count(reported[0]!.roundTrips)).toBe(2);
    expect(Math.abs(max(reported[0]!.roundTrips) - 400)).toBeLessThanOrEqual(0.4);
  });

  it('is back with the first update on a new connection, where its inputs go on', () => {
    const { recorder, reported, bot, player, update } = scene();
    recorder.woke(0, 1_000);
    player.play(1_100, 1_100);
    update(1_110, 0);
    player.isBack = false;
    bot.returns++;
    player.play(1_500, 1_500);
    update(1_520, 2);
    update(1_530);
    recorder.finish();
    expect([player.isBack, recorder.unansweredInputs, count(reported[0]!.roundTrips)]).toEqual([true, 0, 2]);
    expect([recorder.returns.count, Math.round(recorder.returns.maxMs)]).toEqual([1, 410]);
  });

  it('counts the gap in which the measurement ends, and the one in which it begins', () => {
    const { recorder, reported, player, update } = scene();
    update(900); // 0 since the one before
    recorder.woke(0, 1_000);
    update(1_050);
    player.settle(4_000);
    recorder.finish();
    const gaps = TimeHistogram.decode(reported[0]!.gaps);
    expect(gaps.count).toBe(2);
    expect(Math.abs(gaps.maxMs - 1_950)).toBeLessThanOrEqual(1.95);
    expect(Math.abs(gaps.percentile(50) - 150)).toBeLessThanOrEqual(0.15);
  });
});

describe('the records', () => {
  it('are told second by second, each with its own bytes, and the last at the end', () => {
    const { recorder, reported, update } = scene();
    recorder.woke(0, 1_000);
    traffic.bytesIn += 10;
    update(1_200);
    recorder.woke(3, 2_000);
    traffic.bytesIn += 7;
    traffic.messagesIn += 1;
    update(2_100);
    update(2_200);
    recorder.stopTraffic();
    traffic.bytesIn += 1_000;
    recorder.woke(0, 3_001);
    recorder.finish();
    expect(reported.map(({ second, updates, bytesIn, messagesIn }) => [second, updates, bytesIn, messagesIn])).toEqual([
      [0, 1, 10, 0],
      [1, 2, 7, 1],
    ]);
    expect(Math.abs(max(reported[1]!.lateness) - 3)).toBeLessThanOrEqual(0.01);
  });

  it('that are cut short end there', () => {
    const { recorder, reported, update } = scene(600);
    recorder.woke(0, 1_000);
    update(1_200);
    recorder.endMs = 1_300;
    update(1_400);
    recorder.finish();
    expect(reported.map(({ updates }) => updates)).toEqual([1]);
  });
});
