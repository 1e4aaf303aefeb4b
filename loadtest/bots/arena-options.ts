import type { BotPlan } from './bot.ts';

/** With what a bot opens its room or joins one; a room that is no arena does with it what it likes. */
export const arenaOptions = ({ name, lean }: BotPlan): Record<string, unknown> =>
  lean ? { name, bots: 0, rocks: 0, unarmed: true } : { name, bots: 0 };
