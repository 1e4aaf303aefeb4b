import type { WireMessage } from '../shared/wire/batch.ts';
import { writeClosing, writeTime } from '../shared/wire/control.ts';
import { FrameType } from '../shared/wire/frame-type.ts';

/** What the connection itself has to say to the server. PROTOCOL.md K. */

export const KEYFRAME: WireMessage = { type: FrameType.Keyframe, flags: 0, body: new Uint8Array(0) };

export const ping = (nowMs: number): WireMessage => ({ type: FrameType.Ping, flags: 0, body: writeTime(nowMs) });

/** The answer to a PING: the same bytes. */
export const pong = (body: Uint8Array): WireMessage => ({ type: FrameType.Pong, flags: 0, body });

export const closing = (code: number, text: string): WireMessage => ({
  type: FrameType.Closing,
  flags: 0,
  body: writeClosing({ code, text }),
});
