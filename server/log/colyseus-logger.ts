import { format } from 'node:util';
import type { Logger } from './log.ts';

type Write = (...parts: unknown[]) => void;

/** What Colyseus says, in one line each. It writes as one writes to a console. */
export function colyseusLogger(log: Logger): Record<'debug' | 'error' | 'info' | 'trace' | 'warn', Write> {
  const at =
    (level: 'debug' | 'error' | 'info' | 'trace' | 'warn'): Write =>
    (...parts) => {
      if (!log.isLevelEnabled(level)) return;
      const err = parts.find((part) => part instanceof Error);
      const words = withoutArguments(format(...parts.filter((part) => part !== err)).trim());
      if (err === undefined) log[level](words);
      else
        log[level](
          { err: { ...err, message: withoutArguments(err.message), stack: withoutArguments(err.stack ?? '') } },
          words || withoutArguments(err.message),
        );
    };
  return { debug: at('debug'), error: at('error'), info: at('info'), trace: at('trace'), warn: at('warn') };
}

/** A call of a room on another node that fails is told with its arguments, a reconnection token among them. */
const withoutArguments = (text: string): string => text.replace(/ with args \[.*?\](?=")/gs, ' with arguments');
