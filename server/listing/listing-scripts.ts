import { RedisScript } from '../redis/redis-script.ts';

const load = (name: string) =>
  RedisScript.load(new URL('scripts/rows.lua', import.meta.url), new URL(`scripts/${name}.lua`, import.meta.url));

/** The scripts that alone write the listing. Each is one step to everybody else. */
export const SCRIPTS = {
  insert: load('insert'),
  write: load('write'),
  remove: load('remove'),
  reap: load('reap'),
  audit: load('audit'),
  find: load('find'),
};

/** Hash of all rows; the other keys are told in scripts/rows.lua. */
export const ROOMS_KEY = 'velarium:rooms';
export const OWNERS_KEY = `${ROOMS_KEY}:owners`;
export const ownedKey = (processId: string): string => `${ROOMS_KEY}:of:${processId}`;
export const namedKey = (name: string): string => `${ROOMS_KEY}:named:${name}`;
export const openKey = (bucket: string): string => `${ROOMS_KEY}:open:${bucket}`;
