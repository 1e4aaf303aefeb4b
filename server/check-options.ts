import { OptionError } from './config-error.ts';
import {
  DRAIN_SECONDS_IS,
  isDrainSeconds,
  isReadEveryMs,
  READ_EVERY_MS_IS,
  isNodeAddress,
  isPort,
  isPublicAddress,
  isRedisUri,
  NODE_ADDRESS_IS,
  PORT_IS,
  PUBLIC_ADDRESS_IS,
  REDIS_URI_IS,
} from './option-values.ts';
import { RedisUnavailableError } from './redis/redis-error.ts';
import type { ServeOptions } from './serve.ts';

/** @throws {OptionError} one that a type does not hold back */
export function checkOptions(options: ServeOptions): void {
  const { port, admin, redisUri, publicAddress, nodeAddress, drainSeconds, limits } = options;
  check('port', port, isPort, PORT_IS);
  check('admin.port', admin?.port, isPort, PORT_IS);
  check('redisUri', redisUri, isRedisUri, REDIS_URI_IS, false);
  check('publicAddress', publicAddress, isPublicAddress, PUBLIC_ADDRESS_IS);
  check('nodeAddress', nodeAddress, isNodeAddress, NODE_ADDRESS_IS);
  check('drainSeconds', drainSeconds, isDrainSeconds, DRAIN_SECONDS_IS);
  check('limits.readEveryMs', limits?.readEveryMs, isReadEveryMs, READ_EVERY_MS_IS);
}

/** @param isShown false where there may be a password in the value */
function check<T>(
  option: string,
  value: T | undefined,
  holds: (value: T) => boolean,
  is: string,
  isShown = true,
): void {
  if (value === undefined || holds(value)) return;
  throw new OptionError(option, (name) => `${name} ${is}${isShown ? `, not "${String(value)}"` : ''}`);
}

/** @returns what a server that could not start is to say, where an option can mend it; other errors as they are */
export function asOptionError(error: unknown, { admin }: ServeOptions): unknown {
  if (error instanceof RedisUnavailableError) {
    const why = error.cause instanceof Error ? error.cause.message : String(error.cause);
    return new OptionError('redisUri', (name) => `Redis does not answer at ${name}: ${why}`, { cause: error });
  }
  const { code, port } = error as NodeJS.ErrnoException & { port?: number };
  const option = port !== undefined && port === admin?.port ? 'admin.port' : 'port';
  switch (code) {
    case 'EADDRINUSE':
      return new OptionError(option, (name) => `port ${port} is in use; set ${name} to another one`, { cause: error });
    case 'EACCES':
      return new OptionError(
        option,
        (name) => `port ${port} may not be opened by this user; set ${name} to one above 1023`,
        { cause: error },
      );
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
      return new OptionError('host', (name) => `${name} is not an address of this machine`, { cause: error });
    default:
      return error;
  }
}
