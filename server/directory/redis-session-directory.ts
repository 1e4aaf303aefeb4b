import type { RedisConnection } from '../redis/redis-connection.ts';
import { RedisScript } from '../redis/redis-script.ts';
import { SESSION_TTL_SECONDS, type SessionDirectory, type SessionHome } from './session-directory.ts';

export const SESSION_KEY = 'velarium:session:';

/** What follows knows of a home: JSON of a SessionHome, or nothing where there is none. */
const READ = `
local function read(key)
  local isJson, home = pcall(cjson.decode, redis.call('GET', key) or '')
  return isJson and type(home) == 'table' and home or {}
end`;

/** KEYS: of sessions. ARGV: how long each is remembered (s), then for each session its epoch and its home. */
const ENTER = new RedisScript(`${READ}
for i, key in ipairs(KEYS) do
  if (tonumber(read(key).epoch) or 0) <= tonumber(ARGV[2 * i]) then
    redis.call('SET', key, ARGV[2 * i + 1], 'EX', ARGV[1])
  end
end`);

/** KEYS: of sessions. ARGV: for each session the epoch and the process id of the home that it had. */
const REMOVE = new RedisScript(`${READ}
for i, key in ipairs(KEYS) do
  local home = read(key)
  if home.processId == ARGV[2 * i] and (tonumber(home.epoch) or 0) <= tonumber(ARGV[2 * i - 1]) then
    redis.call('UNLINK', key)
  end
end`);

/** A key for each session, which runs out by itself when its node does not renew it. */
export class RedisSessionDirectory implements SessionDirectory {
  readonly #redis: RedisConnection;

  constructor(redis: RedisConnection) {
    this.#redis = redis;
  }

  async enter(sessions: ReadonlyMap<string, SessionHome>): Promise<void> {
    const args = [...sessions.values()].flatMap((home) => [home.epoch, JSON.stringify(home)]);
    await this.#redis.run((client) => ENTER.run(client, keysOf(sessions), [SESSION_TTL_SECONDS, ...args]));
  }

  async remove(sessions: ReadonlyMap<string, SessionHome>): Promise<void> {
    const args = [...sessions.values()].flatMap(({ epoch, processId }) => [epoch, processId]);
    await this.#redis.run((client) => REMOVE.run(client, keysOf(sessions), args));
  }

  async find(sessionId: string): Promise<SessionHome | undefined> {
    const text = await this.#redis.run((client) => client.get(SESSION_KEY + sessionId));
    return text === null ? undefined : readHome(text);
  }
}

const keysOf = (sessions: ReadonlyMap<string, SessionHome>): string[] =>
  [...sessions.keys()].map((sessionId) => SESSION_KEY + sessionId);

function readHome(text: string): SessionHome | undefined {
  try {
    const { roomId, processId, address, epoch } = JSON.parse(text) as SessionHome;
    const isHome = [roomId, processId, address].every((part) => typeof part === 'string') && typeof epoch === 'number';
    return isHome ? { roomId, processId, address, epoch } : undefined;
  } catch {
    return undefined;
  }
}
