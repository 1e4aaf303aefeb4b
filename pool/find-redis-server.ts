import { accessSync, constants } from 'node:fs';
import path from 'node:path';

/** Searched beside `PATH`, which a desktop's terminal may not have complete. */
const FOLDERS = ['/usr/bin', '/usr/local/bin', '/opt/homebrew/bin', '/opt/local/bin'];

/** @returns the path of redis-server: `REDIS_SERVER`, or what is found; undefined where there is none */
export function findRedisServer({ REDIS_SERVER, PATH = '' }: NodeJS.ProcessEnv): string | undefined {
  if (REDIS_SERVER) return REDIS_SERVER;
  const folders = [...PATH.split(path.delimiter), ...FOLDERS].filter((folder) => path.isAbsolute(folder));
  return folders.map((folder) => path.join(folder, 'redis-server')).find(isExecutable);
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
