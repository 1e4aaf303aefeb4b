import type { Client } from '@colyseus/core';
import { type ArenaMemory, type ArenaOptions, ArenaRoom } from '../../../server/arena/arena-room.ts';
import { ArenaInput } from '../../../shared/arena/input.ts';
import { TOLD_NUMBERS } from '../../arena-pilot.ts';
import { countedInputs } from './counted-inputs.ts';

/**
 * What the room knows of one session: how often it joined and left, the highest number that it said, how many it said
 * again and how many never, and how many messages it was told; of its inputs the last number, how many came again
 * or were others than their number says, and how many never came.
 */
export type SessionAccount = [
  joins: number,
  leaves: number,
  upTo: number,
  doubled: number,
  missed: number,
  told: number,
  lastInput: number,
  inputsDoubled: number,
  inputsMissed: number,
];

interface CountingMemory extends ArenaMemory {
  accounts: [sessionId: string, account: SessionAccount][];
}

/** Those of sessions that left stay: one that comes back all the same is to be seen. */
const MAX_ACCOUNTS = 64;

/**
 * The arena, where each session also numbers what it says (`count`, from 1), and is told the room's account of it, numbered
 * from 1 too (`counted`). The account is the room's memory, and goes where the room goes.
 */
export class CountingArena extends ArenaRoom {
  override inputs = countedInputs(this.defineInput(ArenaInput), (id, { turn }, number) =>
    this.#took(id, Math.abs(turn) - 1, number),
  );

  #accounts = new Map<string, SessionAccount>();

  constructor() {
    super();
    Object.assign(this.messages, {
      count: (client: Client, number: unknown) => this.#count(client, number),
    });
  }

  override onJoin(client: Client, options?: ArenaOptions): void {
    super.onJoin(client, options);
    this.#of(client.sessionId)[0]++;
  }

  override onLeave(client: Client): void {
    super.onLeave(client);
    this.#of(client.sessionId)[1]++;
  }

  override onCacheRoom(): CountingMemory {
    return { ...super.onCacheRoom(), accounts: [...this.#accounts].map(([id, account]) => [id, [...account]]) };
  }

  override onRestoreRoom(memory: CountingMemory): void {
    super.onRestoreRoom(memory);
    this.#accounts = new Map(memory.accounts);
  }

  #count(client: Client, number: unknown): void {
    if (!Number.isSafeInteger(number)) return;
    const account = this.#of(client.sessionId);
    const [, , upTo] = account;
    const said = number as number;
    if (said <= upTo) account[3]++;
    else {
      account[4] += said - upTo - 1;
      account[2] = said;
    }
    account[5]++;
    client.send('counted', account);
  }

  /** Hot: once an input. What core throws away since too much waits counts as an input that never came. */
  #took(sessionId: string, told: number, number: number): void {
    const account = this.#of(sessionId);
    if (number <= account[6] || told !== number % TOLD_NUMBERS) {
      account[7]++;
      return;
    }
    account[8] += number - account[6] - 1;
    account[6] = number;
  }

  #of(sessionId: string): SessionAccount {
    let account = this.#accounts.get(sessionId);
    if (account === undefined) {
      this.#accounts.set(sessionId, (account = [0, 0, 0, 0, 0, 0, 0, 0, 0]));
      if (this.#accounts.size > MAX_ACCOUNTS) this.#accounts.delete(this.#accounts.keys().next().value!);
    }
    return account;
  }
}
