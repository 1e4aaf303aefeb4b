import type { Contender } from '../contender.ts';
import { BareBot } from './bare-bot.ts';
import type { JoinAsBot } from './bot.ts';
import { joinColyseus } from './colyseus-bot.ts';
import { joinVelarium } from './velarium-bot.ts';

export const JOIN: Readonly<Record<Contender, JoinAsBot>> = {
  velarium: joinVelarium,
  colyseus: joinColyseus,
  ws: (plan, events) => BareBot.join(plan, events),
};
