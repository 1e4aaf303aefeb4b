import type { WireMessage } from '../shared/wire/batch.ts';
import { ClockReader } from '../shared/wire/clock-prefix.ts';
import { MessageCode, messageCode } from '../shared/wire/colyseus-message.ts';
import { FrameFlag, FrameType } from '../shared/wire/frame-type.ts';
import { readJoinSection } from '../shared/wire/join-section.ts';

/**
 * What comes of a room's state over one connection: gives its messages the clock prefix back that Colyseus reads
 * (PROTOCOL.md M2), and knows whether the whole of it has been asked for (S16).
 */
export class IncomingState {
  #clock = new ClockReader(undefined);
  #asked = false;

  /**
   * Sees every message, as it comes and not when it is handed on: by then the next connection may have begun.
   * @returns the message, or in its place one with Colyseus's eight bytes
   * @throws {WireError} `delta-without-state`, `truncated` or `wrong-length`
   */
  receive(message: WireMessage): WireMessage {
    const { type, flags, body } = message;
    if (type === FrameType.Colyseus && body.length > 0 && messageCode(body) === MessageCode.JoinRoom) {
      this.#clock = new ClockReader(readJoinSection(body)?.tickMs);
    }
    if (type === FrameType.State) this.#asked = false;
    if (!(flags & FrameFlag.Timed)) return message;
    if (type === FrameType.Delta) return { type, flags, body: this.#clock.expand(body) };
    this.#clock.begin(body);
    return message;
  }

  /** @returns whether the whole state is to be asked for: it is not, where it was and has not come */
  ask(): boolean {
    if (this.#asked) return false;
    this.#asked = true;
    return true;
  }
}
