import type { Bot } from '../bots/bot.ts';

/** Inputs that may wait for their acknowledgement: 17 s of them. */
const WINDOW = 1_024;

/** Where a player writes down what it sees. */
export interface Records {
  roundTrip(dueMs: number, answeredMs: number): void;
  gap(fromMs: number, toMs: number): void;
  update(nowMs: number): void;
  /** It is in its room again: its last update before, and the first behind it. */
  returned(fromMs: number, toMs: number): void;
  unanswered(dueMs: number, nowMs: number): void;
  error(kind: string): void;
}

/** One bot, and when each of its inputs was due: an input counts from then, whenever it really left. */
export class Player {
  /** In the measurement. */
  updates = 0;
  /** In its room without a break since the measurement began. */
  stayed = true;
  /** Or is in it again, after the last break. */
  isBack = true;
  ended = false;

  readonly #bot: Bot;
  readonly #records: Records;
  readonly #dueMs = new Float64Array(WINDOW);
  #tick: number;
  #sent = 0;
  #answered = 0;
  #epoch = 0;
  #returns = 0;
  /** Connected anew, without an update yet. */
  #isReturning = false;
  #lastUpdateMs: number;

  /** @param tick where it stands on its course, so that not all do the same */
  constructor(bot: Bot, records: Records, tick: number, nowMs: number) {
    this.#bot = bot;
    this.#records = records;
    this.#tick = tick;
    this.#epoch = bot.epoch;
    this.#returns = bot.returns;
    this.#answered = this.#sent = bot.acknowledged;
    this.#lastUpdateMs = nowMs;
  }

  /** Hot: once a tick. */
  play(dueMs: number, nowMs: number): void {
    if (this.ended) return;
    const sequence = this.#bot.send(this.#tick++);
    this.#followConnection(nowMs);
    if (sequence === 0) return;
    if (sequence - this.#answered > WINDOW) {
      this.#answered++;
      this.#records.unanswered(this.#dueMs[this.#answered % WINDOW]!, nowMs);
    }
    this.#dueMs[sequence % WINDOW] = dueMs;
    this.#sent = sequence;
  }

  /** Hot: once an update. */
  updated(nowMs: number): void {
    this.#followConnection(nowMs);
    this.#records.gap(this.#lastUpdateMs, nowMs);
    if (this.#isReturning) this.#records.returned(this.#lastUpdateMs, nowMs);
    if (this.#isReturning) this.isBack = true;
    this.#isReturning = false;
    this.#lastUpdateMs = nowMs;
    this.#records.update(nowMs);
    const acknowledged = Math.min(this.#bot.acknowledged, this.#sent);
    while (this.#answered < acknowledged) {
      this.#answered++;
      this.#records.roundTrip(this.#dueMs[this.#answered % WINDOW]!, nowMs);
    }
  }

  /** The measurement is over: what has no answer by now, and the gap that has not ended. */
  settle(nowMs: number): void {
    this.#giveUp(nowMs);
    this.#records.gap(this.#lastUpdateMs, nowMs);
  }

  async leave(): Promise<void> {
    if (!this.ended) await this.#bot.leave();
  }

  /** Inputs go on over connections. Where they are counted from 1 again, what was under way is lost. */
  #followConnection(nowMs: number): void {
    if (this.#bot.returns !== this.#returns) {
      this.#returns = this.#bot.returns;
      this.#isReturning = true;
    }
    if (this.#bot.epoch === this.#epoch) return;
    this.#epoch = this.#bot.epoch;
    this.#giveUp(nowMs);
    this.#answered = this.#sent = 0;
  }

  #giveUp(nowMs: number): void {
    while (this.#answered < this.#sent) {
      this.#answered++;
      this.#records.unanswered(this.#dueMs[this.#answered % WINDOW]!, nowMs);
    }
  }
}
