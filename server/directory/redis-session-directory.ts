import type { RedisConnection } from '../redis/redis-connection.ts';
import { SESSION_TTL_SECONDS, type SessionDirectory, type SessionHome } from './session-directory.ts';

export const SESSION_KEY = 'velarium:session:';

/** A key for each session, which runs out by itself when its node does not renew it. */
export class RedisSessionDirectory implements SessionDirectory {
  readonly #redis: RedisConnection;

  constructor(redis: RedisConnection) {
    this.#redis = redis;
  }

  async enter(sessions: ReadonlyMap<string, SessionHome>): Promise<void> {
    await this.#redis.run((client) => {
      const pipeline = client.pipeline();
      for (const [sessionId, home] of sessions) {
        pipeline.set(SESSION_KEY + sessionId, JSON.stringify(home), 'EX', SESSION_TTL_SECONDS);
      }
      return pipeline.exec();
    });
  }

  async remove(sessionIds: readonly string[]): Promise<void> {
    await this.#redis.run((client) => client.unlink(sessionIds.map((sessionId) => SESSION_KEY + sessionId)));
  }

  async find(sessionId: string): Promise<SessionHome | undefined> {
    const text = await this.#redis.run((client) => client.get(SESSION_KEY + sessionId));
    return text === null ? undefined : readHome(text);
  }
}

function readHome(text: string): SessionHome | undefined {
  try {
    const { roomId, processId, address } = JSON.parse(text) as SessionHome;
    const isHome = [roomId, processId, address].every((part) => typeof part === 'string');
    return isHome ? { roomId, processId, address } : undefined;
  } catch {
    return undefined;
  }
}
