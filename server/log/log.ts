import { pino, type DestinationStream, type Logger } from 'pino';
import { readableLines } from './readable-lines.ts';

export type { Logger };

/** The levels that `VELARIUM_LOG_LEVEL` takes. */
export const LOG_LEVELS = ['silent', 'error', 'warn', 'info', 'debug', 'trace'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/** Names under which a secret might be logged by accident. */
const SECRETS = ['token', 'reconnectionToken', 'authToken', 'password', 'authorization'];

/**
 * One line an event: JSON where a machine reads it, and words where a person does, which is when `stream` is a terminal.
 */
export function createLog(level: LogLevel, stream: DestinationStream & { isTTY?: boolean } = process.stdout): Logger {
  const options = {
    level,
    base: null,
    redact: { paths: SECRETS.flatMap((name) => [name, `*.${name}`]), censor: '[hidden]' },
  };
  return pino(options, stream.isTTY === true ? readableLines((line) => stream.write(line)) : stream);
}
