import { schema, t } from '@colyseus/schema';

/** What a pilot holds down during one tick. One is sent for each tick of the client's own simulation. */
export const ArenaInput = schema(
  {
    /** -1 turns left (anticlockwise on the screen), 1 right, 0 neither. */
    turn: t.int8(),
    thrust: t.boolean(),
    fire: t.boolean(),
  },
  'ArenaInput',
);
export type ArenaInput = InstanceType<typeof ArenaInput>;
