import { ConfigError, OptionError } from './config-error.ts';
import { VARIABLE_OF } from './config.ts';

/**
 * For a server whose options come from `readConfig`: says why it cannot start, and ends the process with 1. One line, which
 * names the variable, for what a person can mend, and the stack only for what they cannot.
 * @example try { await serve({ rooms, ...readConfig(process.env) }); } catch (error) { endWith(error); }
 */
export function endWith(error: unknown): never {
  console.error(`velarium: ${explain(error)}`);
  process.exit(1);
}

function explain(error: unknown): string {
  if (error instanceof OptionError) return error.says(VARIABLE_OF[error.option] ?? error.option);
  if (error instanceof ConfigError) return error.message;
  return (error as Error | undefined)?.stack ?? String(error);
}
