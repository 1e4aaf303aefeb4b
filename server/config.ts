import { trustedProxies } from './http/client-address.ts';
import { LOG_LEVELS, type LogLevel } from './log/log.ts';

/** A variable of the environment has a value that means nothing. The message names it; nothing else is to be said. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
}

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
  /** `VELARIUM_DRAIN_SECONDS`: how long a server that is to end may take to move its rooms; default 30. */
  drainSeconds: number;
  /** `VELARIUM_PLAY_KILL`, `true` or `false`: whether players may kill this very node; default false. */
  playKill: boolean;
  /** `VELARIUM_LOG_LEVEL`; default info. */
  logLevel: LogLevel;
}

/** A token that is shorter is guessed sooner or later. */
const MIN_TOKEN_CHARS = 16;

/** @throws {ConfigError} */
export function readConfig(environment: Record<string, string | undefined>): Config {
  const { PORT, VELARIUM_HOST, VELARIUM_ALLOWED_ORIGINS, VELARIUM_ALLOW_MISSING_ORIGIN } = environment;
  const { REDIS_URI, VELARIUM_PUBLIC_ADDRESS, VELARIUM_NODE_ADDRESS } = environment;
  const { VELARIUM_TRUSTED_PROXIES, VELARIUM_ADMIN_TOKEN, VELARIUM_ADMIN_PORT, VELARIUM_LOG_LEVEL } = environment;
  const { VELARIUM_DRAIN_SECONDS, VELARIUM_PLAY_KILL } = environment;
  return {
    port: readPort('PORT', PORT) ?? 2567,
    host: VELARIUM_HOST || undefined,
    allowedOrigins: readOrigins(VELARIUM_ALLOWED_ORIGINS),
    allowMissingOrigin: readBoolean('VELARIUM_ALLOW_MISSING_ORIGIN', VELARIUM_ALLOW_MISSING_ORIGIN, true),
    redisUri: readRedisUri(REDIS_URI),
    publicAddress: readAddress('VELARIUM_PUBLIC_ADDRESS', VELARIUM_PUBLIC_ADDRESS),
    nodeAddress: readNodeAddress(VELARIUM_NODE_ADDRESS),
    trustedProxies: readProxies(VELARIUM_TRUSTED_PROXIES),
    admin: { token: readToken(VELARIUM_ADMIN_TOKEN), port: readPort('VELARIUM_ADMIN_PORT', VELARIUM_ADMIN_PORT) },
    drainSeconds: readSeconds('VELARIUM_DRAIN_SECONDS', VELARIUM_DRAIN_SECONDS, 30, 3_600),
    playKill: readBoolean('VELARIUM_PLAY_KILL', VELARIUM_PLAY_KILL, false),
    logLevel: readLogLevel(VELARIUM_LOG_LEVEL),
  };
}

function readPort(name: string, value: string | undefined): number | undefined {
  if (!value) return undefined;
  const port = Number(value);
  if (!/^\d+$/.test(value) || port > 65_535)
    throw new ConfigError(`${name} is a number from 0 to 65535, not "${value}"`);
  return port;
}

function readSeconds(name: string, value: string | undefined, byDefault: number, most: number): number {
  if (!value) return byDefault;
  const seconds = Number(value);
  if (/^\d+$/.test(value) && seconds <= most) return seconds;
  throw new ConfigError(`${name} is a number of seconds from 0 to ${most}, not "${value}"`);
}

/** Says nothing of a value that is none: there may be a password in it. */
function readRedisUri(value: string | undefined): string | undefined {
  if (!value) return undefined;
  if (URL.canParse(value) && /^rediss?:$/.test(new URL(value).protocol)) return value;
  throw new ConfigError('REDIS_URI is an address like redis://localhost:6379, or rediss:// for TLS');
}

function readAddress(name: string, value: string | undefined): string | undefined {
  if (!value) return undefined;
  const isPlain = !/[\s?#@]|:\/\//.test(value);
  if (isPlain && URL.canParse(`ws://${value}/`)) return value;
  throw new ConfigError(
    `${name} is a host, with port and path if need be, like game.example/n1 or 10.0.0.3:2567, not "${value}"`,
  );
}

/** Exactly what balancers believe (deploy/nginx.conf, pool/proxy): anything else they would pass over in silence. */
function readNodeAddress(value: string | undefined): string | undefined {
  if (!value) return undefined;
  if (/^[\w.-]+:\d{1,5}$/.test(value)) return value;
  throw new ConfigError(`VELARIUM_NODE_ADDRESS is a host and a port, like 10.0.0.3:2567, not "${value}"`);
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
