import { expect } from '@jest/globals';
import type { ConnectedRoom } from '../../client/connect.ts';
import type { FramedConnection } from '../../client/framed-connection.ts';
import type { TallyRoom } from './tally-node.ts';
import { until } from './until.ts';

/** Somebody who says numbers, and counts the answers. */
export class Teller {
  readonly room: ConnectedRoom<TallyRoom>;
  readonly heard: number[] = [];
  readonly drops: number[] = [];
  ended: number | undefined;
  updates = 0;
  #said = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(room: ConnectedRoom<TallyRoom>) {
    this.room = room;
    room.onMessage('heard', (number: number) => void this.heard.push(number));
    room.onDrop((code) => void this.drops.push(code));
    room.onLeave((code) => (this.ended = code));
    room.onStateChange(() => this.updates++);
    this.#timer = setInterval(() => {
      this.room.send('say', ++this.#said);
      const input = this.room.input();
      input.data.number = input.sentCount + 1;
      input.send();
    }, 10);
  }

  get account(): TallyRoom['state']['tellers'] extends { get(id: string): infer T } ? T : never {
    return this.room.state.tellers.get(this.room.sessionId);
  }

  get connection(): FramedConnection {
    return this.room.connection as unknown as FramedConnection;
  }

  /** Process id of where it plays. */
  get processId(): string {
    return new URL(this.connection.url).pathname.split('/').at(-2)!;
  }

  /** Says no more; resolves when everything was answered, each once and in order. */
  async settles(): Promise<void> {
    clearInterval(this.#timer);
    const said = this.#said;
    await until('all is answered', () => this.heard.length >= said || this.ended !== undefined);
    await until('the state says so', () => this.account?.upTo === said);
    expect(this.ended).toBeUndefined();
    expect(this.heard).toEqual(Array.from({ length: said }, (_, i) => i + 1));
    const inputs = this.room.input().sentCount;
    await until('its inputs are there', () => this.account?.inputs === inputs);
    expect(this.account).toMatchObject({ doubled: 0, missed: 0, wrongInputs: 0 });
  }

  async leave(): Promise<void> {
    clearInterval(this.#timer);
    await this.room.leave();
  }
}
