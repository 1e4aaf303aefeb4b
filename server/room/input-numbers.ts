import { type Client, ClientState } from '@colyseus/core';

/** Of core's input buffer: how many of a client's inputs the room has taken out of it, which is the number of the last. */
interface InputBuffer {
  consumedCount: number;
  clear(): void;
}

const bufferOf = (client: Client): InputBuffer | undefined =>
  (client as unknown as { _inputBuffer?: InputBuffer })._inputBuffer;

/** The number of the client's last input that the room has taken; undefined where the room has no inputs. */
export function takenInputs(client: Client): number | undefined {
  return bufferOf(client)?.consumedCount;
}

/** The client's next input is the one behind `taken`. To be called before it can send one. */
export function countInputsFrom(client: Client, taken: number): void {
  const buffer = bufferOf(client);
  if (buffer !== undefined) buffer.consumedCount = taken;
}

/**
 * Core throws away what waits when a client drops, and counts that as taken. The client comes back and sends it again, so
 * here it is not counted.
 */
export function leaveDroppedUncounted(client: Client): void {
  const buffer = bufferOf(client);
  if (buffer === undefined) return;
  const clear = Object.getPrototypeOf(buffer) as InputBuffer;
  buffer.clear = function (this: InputBuffer): void {
    const taken = this.consumedCount;
    clear.clear.call(this);
    if (client.state === ClientState.LEAVING) this.consumedCount = taken;
  };
}
