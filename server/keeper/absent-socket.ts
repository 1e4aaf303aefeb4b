import { EventEmitter } from 'node:events';

const CLOSED = 3;

/** The connection of a client that is not here yet: it came to another node and will come to this one. */
export class AbsentSocket extends EventEmitter {
  readonly readyState = CLOSED;
  readonly bufferedAmount = 0;

  send(_data: unknown, _options?: unknown, callback?: (error?: Error) => void): void {
    callback?.();
  }

  close(): void {}

  terminate(): void {}
}
