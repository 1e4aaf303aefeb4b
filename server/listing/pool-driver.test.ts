import { RedisServer } from '../../test/support/redis-server.ts';
import { RedisConnection } from '../redis/redis-connection.ts';
import { contractRules, describeDriver, OWNER } from './driver-contract.ts';
import { NodeLease } from './node-lease.ts';
import { PoolDriver } from './pool-driver.ts';

describeDriver('in Redis', async () => {
  const server = await RedisServer.start();
  const redis = new RedisConnection({ uri: server.uri });
  await redis.open(5_000);
  const lease = new NodeLease({ redis, processId: OWNER });
  const driver = new PoolDriver({ redis, lease, rules: contractRules });
  await driver.boot();
  return {
    driver,
    end: async () => {
      await driver.shutdown();
      redis.close();
      await server.close();
    },
  };
});
