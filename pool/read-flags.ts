import { parseArgs, type ParseArgsOptionsConfig } from 'node:util';

/** The command line is wrong; `message` names the option. main.ts prints it, exits 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** @throws {UsageError} an option that there is not, or nothing behind one that needs something */
export function readFlags<const Options extends ParseArgsOptionsConfig>(args: readonly string[], options: Options) {
  try {
    return parseArgs({ args: joinNegatives(args, options), options }).values;
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    if (!String(code).startsWith('ERR_PARSE_ARGS')) throw cause;
    const name = /^Option '(?:-\w, )?--([\w-]+)/.exec(message)?.[1];
    const lacksValue = name !== undefined && options[name]?.type === 'string';
    throw new UsageError(lacksValue ? `--${name}: says nothing; a value follows it` : message);
  }
}

/** A number below zero is a value, whatever it begins with: what it means is for its option to say. */
function joinNegatives(args: readonly string[], options: ParseArgsOptionsConfig): string[] {
  const joined: string[] = [];
  for (const arg of args) {
    const before = joined.at(-1);
    const isValue = /^-[\d.]/.test(arg) && before?.startsWith('--') && options[before.slice(2)]?.type === 'string';
    if (isValue) joined[joined.length - 1] = `${before}=${arg}`;
    else joined.push(arg);
  }
  return joined;
}
