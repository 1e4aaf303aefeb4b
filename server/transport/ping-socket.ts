import { CloseCode } from '@colyseus/core';
import { MessageCode } from '../../shared/wire/colyseus-message.ts';
import { GuardedSocket } from './guarded-socket.ts';

/** Answers to one latency measurement. */
const MAX_PINGS = 20;
const PONG = Uint8Array.of(MessageCode.Ping);

/** A connection to no room: the SDK's `getLatency` sends a message and waits for one. It has as long as a join has. */
export class PingSocket extends GuardedSocket {
  #pings = 0;

  constructor(...args: ConstructorParameters<typeof GuardedSocket>) {
    super(...args);
    this.awaitJoin(); // it has as long as a join has, for all that it wants
  }

  override send(data: Uint8Array): void {
    if (this.open) this.ws.send(data, { binary: true });
  }

  protected override accept(): void {
    if (++this.#pings > MAX_PINGS) this.close(CloseCode.NORMAL_CLOSURE);
    else this.send(PONG);
  }

  protected override ask(): void {
    // It never joins, so it is closed before a heartbeat is due.
  }

  protected override sayClosing(): void {
    // The close frame says it.
  }

  protected override ended(): void {
    // Nothing was kept.
  }
}
