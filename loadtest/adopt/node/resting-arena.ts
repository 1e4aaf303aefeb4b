import { TICK_RATE_HZ } from '../../../shared/arena/rules.ts';
import { type ArenaOptions, ArenaRoom } from '../../../server/arena/arena-room.ts';

/** Hundreds of arenas at 60 Hz are more than two cores can do: those that do nothing but be there tick this often. */
const RESTING_HZ = 1;

/**
 * An arena that can be told to rest: what it was until then is in the store as that of any arena, a snapshot and the journal
 * of 60 ticks a second behind it. One that was taken over rests from the beginning.
 */
export class RestingArena extends ArenaRoom {
  #step: Parameters<ArenaRoom['setFixedTimestep']>[0] = () => {};

  override onCreate(options?: ArenaOptions): void {
    super.onCreate(options);
    if (this.isRestored) this.autoDispose = false;
  }

  override setFixedTimestep(...[step, tickRate = TICK_RATE_HZ]: Parameters<ArenaRoom['setFixedTimestep']>): void {
    this.#step = step;
    super.setFixedTimestep(step, this.isRestored ? RESTING_HZ : tickRate);
  }

  rest(): void {
    super.setFixedTimestep(this.#step, RESTING_HZ);
  }
}
