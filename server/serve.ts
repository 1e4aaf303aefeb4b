import { createServer, type Server as HttpServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { registerRoomDefinitions, type RoomDefinitions, Server } from '@colyseus/core';
import type express from 'express';
import { guardHttp, guardMatchmaking } from './transport/http-guard.ts';
import { FramedTransport } from './transport/framed-transport.ts';
import type { OriginPolicy } from './transport/origin-policy.ts';
import type { ConnectionLimits } from './transport/transport-options.ts';

export interface ServeOptions extends OriginPolicy {
  /** Room classes, or what `defineRoom` makes of them (`filterBy` and the like), by the name that clients ask for. */
  rooms: RoomDefinitions;
  /** Default 2567; 0 takes any free one. */
  port?: number;
  /** Address to listen on. Default: all. */
  host?: string;
  /** Further HTTP routes, and the page. */
  express?: (app: express.Application) => void;
  /** See {@link ConnectionLimits} for what there is and the defaults. */
  limits?: Partial<ConnectionLimits>;
  /** Whether SIGTERM and SIGINT end the server in good order. Default true; a test that runs it in-process says false. */
  handleSignals?: boolean;
}

export interface RunningServer {
  port: number;
  /** Lets every client go and stops listening. */
  close(): Promise<void>;
}

/**
 * Starts matchmaking, HTTP and the framed transport on one port.
 * @throws the error of `listen`, e.g. with code `EADDRINUSE`
 * @example await serve({ rooms: { arena: ArenaRoom }, port: 2567 });
 */
export async function serve(options: ServeOptions): Promise<RunningServer> {
  const { rooms, port = 2567, host, express, limits, handleSignals = true, ...policy } = options;
  const http = createServer({ connectionsCheckingInterval: 1_000 });
  const server = new Server({
    greet: false,
    gracefullyShutdown: handleSignals,
    transport: new FramedTransport({ server: http, ...policy, ...(limits === undefined ? {} : { limits }) }),
    ...(express === undefined ? {} : { express }),
  });
  registerRoomDefinitions(rooms);
  guardMatchmaking(policy);
  await listen(server, http, port, host);
  guardHttp(http, policy);
  return {
    port: (http.address() as AddressInfo).port,
    close: () => server.gracefullyShutdown(false),
  };
}

/** Core logs an error of `listen` and goes on waiting; here it is the caller's. */
function listen(server: Server, http: HttpServer, port: number, host: string | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    http.removeAllListeners('error');
    http.once('error', reject);
    server.listen(port, host).then(() => {
      http.off('error', reject);
      http.on('error', (error) => console.error(error.message));
      resolve();
    }, reject);
  });
}
