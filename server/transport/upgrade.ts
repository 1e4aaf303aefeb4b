import type { IncomingMessage } from 'node:http';
import { type AuthContext, createAuthContext } from '@colyseus/core';
import { readReconnectionToken } from '../../shared/wire/token-protocol.ts';

/** What an upgrade says of itself: `/PROCESS/ROOM?sessionId=...&skipHandshake&epoch=...`, and the token as a subprotocol. */
export interface Upgrade {
  context: AuthContext;
  processId: string | undefined;
  roomId: string | undefined;
  sessionId: string | null;
  reconnectionToken: string | undefined;
  skipHandshake: boolean;
  /** The highest of the room's epochs that the client heard of; 0 where it says none. PROTOCOL.md M6. */
  epoch: number;
  /** The client counts its inputs over all its connections, if we do. PROTOCOL.md M7. */
  countsOn: boolean;
}

export function readUpgrade(request: IncomingMessage): Upgrade {
  // A request may name anything as its target; what is no path leads to no room.
  const url = URL.parse(`ws://server${request.url ?? '/'}`) ?? new URL('ws://server/');
  const [, processId, roomId] = /\/([a-zA-Z0-9_-]+)\/([a-zA-Z0-9_-]+)$/.exec(url.pathname) ?? [];
  return {
    context: createAuthContext({
      headers: request.headers as Record<string, string | undefined>,
      token: url.searchParams.get('_authToken'),
      ...(request.socket.remoteAddress === undefined ? {} : { remoteAddress: request.socket.remoteAddress }),
    }),
    processId,
    roomId,
    sessionId: url.searchParams.get('sessionId'),
    // Clients of plain Colyseus say it in the URL.
    reconnectionToken:
      readReconnectionToken(request.headers['sec-websocket-protocol']) ??
      url.searchParams.get('reconnectionToken') ??
      undefined,
    skipHandshake: url.searchParams.has('skipHandshake'),
    epoch: readEpoch(url.searchParams.get('epoch')),
    countsOn: url.searchParams.get('inputs') === 'on',
  };
}

/** What is none counts as none. */
const readEpoch = (text: string | null): number => (text !== null && /^\d{1,15}$/.test(text) ? Number(text) : 0);
