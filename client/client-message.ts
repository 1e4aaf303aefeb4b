import type { WireMessage } from '../shared/wire/batch.ts';
import { toWire } from '../shared/wire/colyseus-message.ts';
import { MAX_PAYLOAD_BYTES } from '../shared/wire/frame.ts';
import { FrameType } from '../shared/wire/frame-type.ts';

/** The largest message that a server takes from a client, in bytes. */
const MAX_MESSAGE_BYTES = 65_536;

/**
 * A Colyseus message as a client sends it: a copy, as the SDK uses its buffers again.
 * @throws {RangeError} larger than what a server takes; nothing is sent
 */
export function clientMessage(data: Uint8Array): WireMessage {
  const message = toWire(new Uint8Array(data)); // not slice(): of a Buffer that is a view
  const maxBytes = message.type === FrameType.Input ? MAX_PAYLOAD_BYTES : MAX_MESSAGE_BYTES; // inputs are not cut
  if (data.length > maxBytes) throw new RangeError(`a message of ${data.length} bytes; a server takes ${maxBytes}`);
  return message;
}
