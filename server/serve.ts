import { createServer, type Server as HttpServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { logger, matchMaker, registerRoomDefinitions, type RoomDefinitions, Server, ServerError } from '@colyseus/core';
import expressApp, { type Application } from 'express';
import { asOptionError, checkOptions } from './check-options.ts';
import type { AdminOptions } from './http/admin-access.ts';
import { addAdminRoutes } from './http/admin-routes.ts';
import { addressClients, trustedProxies as proxiesOf } from './http/client-address.ts';
import { addHealthRoutes } from './http/health-routes.ts';
import { addStateRoute } from './http/state-route.ts';
import { gateMatchmaking } from './http/matchmaking-gate.ts';
import { colyseusLogger } from './log/colyseus-logger.ts';
import type { Logger } from './log/log.ts';
import { ownLock, RedisCreationLock } from './matchmaking/creation-lock.ts';
import { joinInTurn } from './matchmaking/join-in-turn.ts';
import { locateOnReconnect, RoomLocator } from './matchmaking/room-locator.ts';
import { SeatFinder } from './matchmaking/seat-finder.ts';
import { nodeTally } from './metrics/tally.ts';
import { GameNode } from './node/game-node.ts';
import { yieldHelperThreads } from './node/helper-threads.ts';
import { openPool } from './node/pool.ts';
import { Shutdown } from './shutdown.ts';
import { guardHttp, guardMatchmaking } from './transport/http-guard.ts';
import { acceptOwn } from './transport/own-connections.ts';
import { FramedTransport } from './transport/framed-transport.ts';
import type { OriginPolicy } from './transport/origin-policy.ts';
import type { ConnectionLimits } from './transport/transport-options.ts';

export interface ServeOptions extends OriginPolicy {
  /** Room classes, or what `defineRoom` makes of them (`filterBy` and the like), by the name that clients ask for. */
  rooms: RoomDefinitions;
  /** Default 2567; 0 takes any free one. */
  port?: number;
  /** Address to listen on. Default: all. */
  host?: string | undefined;
  /** Redis of the pool that this node is part of. Default: none, the node is on its own. */
  redisUri?: string | undefined;
  /**
   * Host, port and path at which clients reach this very node, as in Colyseus. Default: none, they connect where they
   * asked, and a balancer there takes them to the node of their room.
   */
  publicAddress?: string | undefined;
  /** Host and port at which machines of the pool reach this node. Default: `host`, or this machine's first address; and the port. */
  nodeAddress?: string | undefined;
  /**
   * Proxies that are believed about the address of a client: addresses, ranges (`10.0.0.0/8`), `loopback`,
   * `uniquelocal`. They add to `X-Forwarded-For`. Default: none, a client's address is where its connection comes from.
   */
  trustedProxies?: readonly string[] | undefined;
  /** Who may see metrics and monitor. Default: this machine only. */
  admin?: AdminOptions;
  /** Where rooms, sessions and Colyseus are logged, see `createLog`. Default: nowhere, and Colyseus on the console. */
  log?: Logger;
  /** Further HTTP routes, and the page. */
  express?: (app: Application) => void;
  /** See {@link ConnectionLimits} for what there is and the defaults. */
  limits?: Partial<ConnectionLimits>;
  /**
   * Whether rooms of a server in no pool are kept in its memory, as those of a pool are in Redis: one whose code throws begins
   * again. Default false: such a room ends.
   */
  keepRoomsInMemory?: boolean;
  /** How long a server that is to end may take to move its rooms, in seconds. Default 30. */
  drainSeconds?: number;
  /**
   * Whether SIGTERM, SIGINT and `POST /admin/drain` end this process in good order. Default true; a test that runs the
   * server in-process says false.
   */
  handleSignals?: boolean;
}

export interface RunningServer {
  port: number;
  /** Host and port at which the pool reaches this server; undefined where it is in none. */
  nodeAddress: string | undefined;
  /** Of metrics and monitor, where they have one of their own. */
  adminPort: number | undefined;
  /** Takes no new rooms from now on, and moves those that are here, see `drainSeconds`. Resolves when that is done. */
  drain(): Promise<void>;
  /** Ends the rooms that are here, lets every client go and stops listening. */
  close(): Promise<void>;
}

/** As it was before the first server: what that put around it is not to answer for the next, e.g. by its closed Redis. */
let coreInvokeMethod: typeof matchMaker.controller.invokeMethod | undefined;

/**
 * Starts matchmaking, HTTP and the framed transport on one port, as a node of its own or of the pool on `redisUri`.
 * @throws {ConfigError} an option means nothing, the port is in use, Redis does not answer: in one line, which names the
 * option; {TypeError} a trusted proxy is no address
 * @example await serve({ rooms: { arena: ArenaRoom }, port: 2567 });
 */
export async function serve(options: ServeOptions): Promise<RunningServer> {
  checkOptions(options);
  yieldHelperThreads();
  try {
    return await start(options);
  } catch (error) {
    throw asOptionError(error, options);
  }
}

async function start(options: ServeOptions): Promise<RunningServer> {
  const { rooms, port = 2567, host, redisUri, publicAddress, nodeAddress, admin = {}, log } = options;
  const { express, limits, handleSignals = true, drainSeconds = 30, allowedOrigins, allowMissingOrigin } = options;
  const policy: OriginPolicy = { allowedOrigins, allowMissingOrigin };
  const isTrusted = proxiesOf(options.trustedProxies ?? []);
  const http = createServer({ connectionsCheckingInterval: 1_000 });
  let describe = (): string => ''; // asked before there is a node
  const pool = await openPool({ redisUri, log, describe: () => describe() });
  const transport: FramedTransport = new FramedTransport({
    server: http,
    elsewhere: pool.redis && ((roomId, sessionId) => node.elsewhere(roomId, sessionId)),
    transit: (roomId) => node.transit(roomId),
    log: log ?? { warn: (fields, message) => logger.warn(message, fields) },
    ...policy,
    ...(limits === undefined ? {} : { limits }),
  });

  matchMaker.setHealthChecksEnabled(false); // leases tell who lives
  const server = new Server({
    greet: false,
    gracefullyShutdown: false, // Shutdown does
    transport,
    presence: pool.presence,
    driver: pool.driver,
    selectProcessIdToCreateRoom: () => placeRoom(node),
    express: (app) => {
      app.disable('x-powered-by').set('trust proxy', isTrusted);
      addHealthRoutes(app, node);
      addStateRoute(app, node);
      if (admin.port === undefined) addAdminRoutes(app, admin, node, () => askedToDrain());
      express?.(app);
    },
    ...(publicAddress === undefined ? {} : { publicAddress }),
    ...(log === undefined ? {} : { logger: colyseusLogger(log) }),
  });
  registerRoomDefinitions(rooms);
  const node: GameNode = new GameNode({
    pool,
    transport,
    publicAddress: publicAddress ?? '',
    address: () => nodeAddress ?? GameNode.defaultAddress(portOf(http), host),
    keepRoomsInMemory: options.keepRoomsInMemory ?? false,
    log,
  });
  describe = () => node.describe();
  coreInvokeMethod ??= matchMaker.controller.invokeMethod;
  matchMaker.controller.invokeMethod = coreInvokeMethod;
  joinInTurn(
    new SeatFinder(pool.redis === undefined ? ownLock : new RedisCreationLock(pool.redis), () => performance.now()),
  );
  locateOnReconnect(new RoomLocator(node));
  guardMatchmaking(policy);
  gateMatchmaking(nodeTally, pool.redis?.health, () => performance.now());

  const shutdown = new Shutdown({
    drain: () => node.drain(),
    evacuate: () => node.evacuate(drainSeconds * 1_000),
    hurry: () => node.hurry(),
    close: () => server.gracefullyShutdown(false),
    exit: (code) => process.exit(code),
    now: () => performance.now(),
    log,
  });
  const drained = async (): Promise<void> => {
    await node.drain();
    await node.evacuate(drainSeconds * 1_000);
  };
  const askedToDrain = (): Promise<void> => {
    if (handleSignals) return shutdown.begin();
    void drained();
    return node.drain();
  };
  if (handleSignals) shutdown.listen();
  const adminHttp = admin.port === undefined ? undefined : createServer();
  server.onBeforeShutdown(() => node.drain());
  server.onShutdown(async () => {
    adminHttp?.close();
    await node.stop();
  });
  try {
    await listen(server, http, port, host);
    guardHttp(http, policy);
    addressClients(http, isTrusted);
    if (adminHttp !== undefined)
      await listenAdmin(adminHttp, (app) => addAdminRoutes(app, admin, node, askedToDrain), admin.port, host, policy);
    if (pool.redis !== undefined) await acceptOwn(http); // rooms may move here from now on
    await node.start();
  } catch (error) {
    await server.gracefullyShutdown(false);
    throw error;
  }
  return {
    port: portOf(http),
    nodeAddress: redisUri === undefined ? undefined : node.registry.own.address,
    adminPort: adminHttp && portOf(adminHttp),
    drain: () => drained(),
    close: () => server.gracefullyShutdown(false),
  };
}

function placeRoom(node: GameNode): Promise<string> {
  const processId = node.registry.placeRoom();
  if (processId !== undefined) return Promise.resolve(processId);
  return Promise.reject(new ServerError(503, 'no server takes new rooms right now; try again in a moment'));
}

const portOf = (http: HttpServer): number => (http.address() as AddressInfo).port;

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

function listenAdmin(
  http: HttpServer,
  addRoutes: (app: Application) => void,
  port: number | undefined,
  host: string | undefined,
  policy: OriginPolicy,
): Promise<void> {
  const app = expressApp();
  app.disable('x-powered-by');
  addRoutes(app);
  http.on('request', app);
  guardHttp(http, policy);
  return new Promise((resolve, reject) => {
    http.once('error', reject);
    http.listen(port, host, () => {
      http.off('error', reject);
      http.on('error', (error) => console.error(error.message)); // no file left for a connection, say; it listens on
      resolve();
    });
  });
}
