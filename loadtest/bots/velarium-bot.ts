import type { Room } from 'colyseus.js';
import { connect } from '../../client/connect.ts';
import type { Socket } from '../../client/socket.ts';
import { arenaOptions } from './arena-options.ts';
import type { Bot, BotEvents, BotPlan } from './bot.ts';
import { CountedSocket } from './counted-socket.ts';
import { RoomBot } from './room-bot.ts';

/** @throws {MatchMakeError} as `connect` does */
export async function joinVelarium(plan: BotPlan, events: BotEvents): Promise<Bot> {
  const room = await connect(plan.endpoint, {
    room: plan.room,
    ...(plan.roomId === undefined ? { create: true } : { roomId: plan.roomId }),
    join: arenaOptions(plan),
    openSocket: (url, protocols, headers) => new CountedSocket(url, { protocols, headers }) as unknown as Socket,
  });
  return new RoomBot(room as unknown as Room, plan, events);
}
