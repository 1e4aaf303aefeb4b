import { accessSync, constants } from 'node:fs';
import path from 'node:path';
import { UsageError } from '../pool/read-flags.ts';

export { readFlags, UsageError } from '../pool/read-flags.ts';

/** @throws {UsageError} it is no whole number from `least` to `most` */
export function integer(
  name: string,
  text: string | undefined,
  byDefault: number,
  least: number,
  most: number,
): number {
  const value = number(name, text, byDefault, least, most);
  if (!Number.isInteger(value)) throw new UsageError(`--${name}: is a whole number, not "${text}"`);
  return value;
}

/** @throws {UsageError} it is no number from `least` to `most` */
export function number(name: string, text: string | undefined, byDefault: number, least: number, most: number): number {
  if (text === undefined) return byDefault;
  const value = text.trim() === '' ? NaN : Number(text);
  if (value >= least && value <= most) return value;
  throw new UsageError(`--${name}: is a number from ${least} to ${most}, not "${text}"`);
}

/**
 * @returns its whole path
 * @throws {UsageError} nothing can be written there
 */
export function writableFile(name: string, file: string): string {
  const full = path.resolve(file);
  try {
    accessSync(path.dirname(full), constants.W_OK);
  } catch (cause) {
    throw new UsageError(`--${name}: nothing can be written to ${path.dirname(full)}`, { cause });
  }
  return full;
}
