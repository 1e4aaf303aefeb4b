import { Client } from 'colyseus.js';
import { arenaOptions } from './arena-options.ts';
import type { Bot, BotEvents, BotPlan } from './bot.ts';
import { RoomBot } from './room-bot.ts';

/** On the SDK's own client. It is in its room when the first state is there, as with velarium's. */
export async function joinColyseus(plan: BotPlan, events: BotEvents): Promise<Bot> {
  const client = new Client(plan.endpoint);
  const options = arenaOptions(plan);
  const room = await (plan.roomId === undefined
    ? client.create(plan.room, options)
    : client.joinById(plan.roomId, options));
  await new Promise<void>((resolve, reject) => {
    room.onStateChange.once(() => resolve());
    room.onLeave.once((code) => reject(Object.assign(new Error('left before the first state'), { code })));
  });
  return new RoomBot(room, plan, events);
}
