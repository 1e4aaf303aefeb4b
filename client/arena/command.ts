/** What the pilot holds during one tick: the plain form of ArenaInput. */
export interface Command {
  turn: number;
  thrust: boolean;
  fire: boolean;
}

export const IDLE: Readonly<Command> = { turn: 0, thrust: false, fire: false };
