import type { FrameSession } from '../../shared/session/frame-session.ts';
import type { WireMessage } from '../../shared/wire/batch.ts';
import { FrameFlag, FrameType } from '../../shared/wire/frame-type.ts';
import { bytes } from './bytes.ts';

/** A COLYSEUS message that must be acknowledged, its body given in hex. */
export const kept = (body: string): WireMessage => ({
  type: FrameType.Colyseus,
  flags: FrameFlag.MustAck,
  body: bytes(body),
});

export const delta = (body: string): WireMessage => ({ type: FrameType.Delta, flags: 0, body: bytes(body) });
export const input = (body: string): WireMessage => ({ type: FrameType.Input, flags: 0, body: bytes(body) });

/** Carries all that `from` has to send to `to`; the messages that came out there. */
export function carry(from: FrameSession, to: FrameSession): WireMessage[] {
  return from.takeFrames().flatMap((frame) => to.receive(frame));
}

/** The connection is gone and a new one is made; both have said RESUME. What each received with it. */
export function reconnect(
  client: FrameSession,
  server: FrameSession,
): { client: WireMessage[]; server: WireMessage[] } {
  server.suspend();
  server.beginResume();
  const atServer = [...server.receive(client.beginResume()!)];
  const atClient = carry(server, client);
  atServer.push(...carry(client, server));
  return { client: atClient, server: atServer };
}
