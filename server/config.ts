import { trustedProxies } from './http/client-address.ts';
import { ConfigError } from './config-error.ts';
import { LOG_LEVELS, type LogLevel } from './log/log.ts';
import {
  DRAIN_SECONDS_IS,
  isDrainSeconds,
  isNodeAddress,
  isPort,
  isPublicAddress,
  isRedisUri,
  NODE_ADDRESS_IS,
  PORT_IS,
  PUBLIC_ADDRESS_IS,
  REDIS_URI_IS,
} from './option-values.ts';
import { unknownVariables } from './unknown-variables.ts';

export interface Config {
  /** `PORT`, default 2567. */
  port: number;
  /** `VELARIUM_HOST`, the address to listen on; default all. */
  host: string | undefined;
  /** `VELARIUM_ALLOWED_ORIGINS`, comma-separated; default the host that is asked. */
  allowedOrigins: string[] | undefined;
  /** `VELARIUM_ALLOW_MISSING_ORIGIN`, `true` or `false`; default true. */
  allowMissingOrigin: boolean;
  /** `REDIS_URI`, e.g. `redis://localhost:6379`: the pool that this node is part of; default none. */
  redisUri: string | undefined;
  /** `VELARIUM_PUBLIC_ADDRESS`: host, port and path at which clients reach this very node; default none. */
  publicAddress: string | undefined;
  /** `VELARIUM_NODE_ADDRESS`: host and port at which machines of the pool reach this node; default what the machine has. */
  nodeAddress: string | undefined;
  /** `VELARIUM_TRUSTED_PROXIES`, comma-separated: who is believed about addresses of clients; default nobody. */
  trustedProxies: string[];
  /** `VELARIUM_ADMIN_TOKEN` and `VELARIUM_ADMIN_PORT`; by default only this machine may look. */
  admin: { token: string | undefined; port: number | undefined };
  /** `VELARIUM_KEEP_ROOMS_IN_MEMORY`, `true` or `false`: what a server without `REDIS_URI` does; default false. */
  keepRoomsInMemory: boolean;
  /** `VELARIUM_DRAIN_SECONDS`: how long a server that is to end may take to move its rooms; default 30. */
  drainSeconds: number;
  /** `VELARIUM_PLAY_KILL`, `true` or `false`: whether players may kill this very node; default false. */
  playKill: boolean;
  /** `VELARIUM_LOG_LEVEL`; default info. */
  logLevel: LogLevel;
}

/** A token that is shorter is guessed sooner or later. */
const MIN_TOKEN_CHARS = 16;

/** Of each option of `serve`, and what else there is, the variable. */
export const VARIABLE_OF: Readonly<Record<string, string>> = {
  port: 'PORT',
  host: 'VELARIUM_HOST',
  allowedOrigins: 'VELARIUM_ALLOWED_ORIGINS',
  allowMissingOrigin: 'VELARIUM_ALLOW_MISSING_ORIGIN',
  redisUri: 'REDIS_URI',
  publicAddress: 'VELARIUM_PUBLIC_ADDRESS',
  nodeAddress: 'VELARIUM_NODE_ADDRESS',
  trustedProxies: 'VELARIUM_TRUSTED_PROXIES',
  'admin.token': 'VELARIUM_ADMIN_TOKEN',
  'admin.port': 'VELARIUM_ADMIN_PORT',
  keepRoomsInMemory: 'VELARIUM_KEEP_ROOMS_IN_MEMORY',
  drainSeconds: 'VELARIUM_DRAIN_SECONDS',
  playKill: 'VELARIUM_PLAY_KILL',
  logLevel: 'VELARIUM_LOG_LEVEL',
};

/**
 * What the variables of the environment say, for `serve` and `createLog`.
 * @param warn gets a line for each `VELARIUM_` variable that there is not. Default: standard error
 * @throws {ConfigError} one has a value that means nothing
 */
export function readConfig(
  environment: Record<string, string | undefined>,
  warn: (line: string) => void = (line) => console.error(`velarium: ${line}`),
): Config {
  unknownVariables(environment, Object.values(VARIABLE_OF)).forEach(warn);
  const { PORT, VELARIUM_HOST, VELARIUM_ALLOWED_ORIGINS, VELARIUM_ALLOW_MISSING_ORIGIN } = environment;
  const { REDIS_URI, VELARIUM_PUBLIC_ADDRESS, VELARIUM_NODE_ADDRESS } = environment;
  const { VELARIUM_TRUSTED_PROXIES, VELARIUM_ADMIN_TOKEN, VELARIUM_ADMIN_PORT, VELARIUM_LOG_LEVEL } = environment;
  const { VELARIUM_DRAIN_SECONDS, VELARIUM_PLAY_KILL, VELARIUM_KEEP_ROOMS_IN_MEMORY } = environment;
  return {
    port: readPort('PORT', PORT) ?? 2567,
    host: VELARIUM_HOST || undefined,
    allowedOrigins: readOrigins(VELARIUM_ALLOWED_ORIGINS),
    allowMissingOrigin: readBoolean('VELARIUM_ALLOW_MISSING_ORIGIN', VELARIUM_ALLOW_MISSING_ORIGIN, true),
    redisUri: readRedisUri(REDIS_URI),
    publicAddress: readPublicAddress(VELARIUM_PUBLIC_ADDRESS),
    nodeAddress: readNodeAddress(VELARIUM_NODE_ADDRESS),
    trustedProxies: readProxies(VELARIUM_TRUSTED_PROXIES),
    admin: { token: readToken(VELARIUM_ADMIN_TOKEN), port: readPort('VELARIUM_ADMIN_PORT', VELARIUM_ADMIN_PORT) },
    keepRoomsInMemory: readBoolean('VELARIUM_KEEP_ROOMS_IN_MEMORY', VELARIUM_KEEP_ROOMS_IN_MEMORY, false),
    drainSeconds: readDrainSeconds(VELARIUM_DRAIN_SECONDS) ?? 30,
    playKill: readBoolean('VELARIUM_PLAY_KILL', VELARIUM_PLAY_KILL, false),
    logLevel: readLogLevel(VELARIUM_LOG_LEVEL),
  };
}

function readPort(name: string, value: string | undefined): number | undefined {
  if (!value) return undefined;
  if (/^\d+$/.test(value) && isPort(Number(value))) return Number(value);
  throw new ConfigError(`${name} ${PORT_IS}, not "${value}"`);
}

function readDrainSeconds(value: string | undefined): number | undefined {
  if (!value) return undefined;
  if (/^\d+$/.test(value) && isDrainSeconds(Number(value))) return Number(value);
  throw new ConfigError(`VELARIUM_DRAIN_SECONDS ${DRAIN_SECONDS_IS}, not "${value}"`);
}

/** Says nothing of a value that is none: there may be a password in it. */
function readRedisUri(value: string | undefined): string | undefined {
  if (!value || isRedisUri(value)) return value || undefined;
  throw new ConfigError(`REDIS_URI ${REDIS_URI_IS}`);
}

function readPublicAddress(value: string | undefined): string | undefined {
  if (!value || isPublicAddress(value)) return value || undefined;
  throw new ConfigError(`VELARIUM_PUBLIC_ADDRESS ${PUBLIC_ADDRESS_IS}, not "${value}"`);
}

function readNodeAddress(value: string | undefined): string | undefined {
  if (!value || isNodeAddress(value)) return value || undefined;
  throw new ConfigError(`VELARIUM_NODE_ADDRESS ${NODE_ADDRESS_IS}, not "${value}"`);
}

function readToken(value: string | undefined): string | undefined {
  if (!value) return undefined;
  if (value.length >= MIN_TOKEN_CHARS && !/\s/.test(value)) return value;
  throw new ConfigError(`VELARIUM_ADMIN_TOKEN has at least ${MIN_TOKEN_CHARS} characters and no spaces`);
}

function readLogLevel(value: string | undefined): LogLevel {
  const level = LOG_LEVELS.find((known) => known === (value || 'info'));
  if (level !== undefined) return level;
  throw new ConfigError(`VELARIUM_LOG_LEVEL is one of ${LOG_LEVELS.join(', ')}, not "${value}"`);
}

function readOrigins(value: string | undefined): string[] | undefined {
  if (!value) return undefined;
  return value.split(',').map((text) => {
    const origin = text.trim();
    if (URL.canParse(origin) && new URL(origin).origin === origin) return origin;
    throw new ConfigError(
      `VELARIUM_ALLOWED_ORIGINS is a list of origins like https://game.example, separated by commas; "${origin}" is none`,
    );
  });
}

function readProxies(value: string | undefined): string[] {
  if (!value) return [];
  return value.split(',').map((text) => {
    const proxy = text.trim();
    try {
      trustedProxies([proxy]);
      return proxy;
    } catch {
      throw new ConfigError(
        `VELARIUM_TRUSTED_PROXIES is a list of addresses and ranges like 10.0.0.3, 10.0.0.0/8, loopback or uniquelocal, separated by commas; "${proxy}" is none`,
      );
    }
  });
}

function readBoolean(name: string, value: string | undefined, byDefault: boolean): boolean {
  if (!value) return byDefault;
  if (value === 'true') return true;
  if (value === 'false') return false;
  throw new ConfigError(`${name} is true or false, not "${value}"`);
}
