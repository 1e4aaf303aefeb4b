import type { Socket } from 'node:net';

/** Rooms that say nothing are pinged every 30 seconds. */
const IDLE_TIMEOUT_MS = 90_000;

/** Passes on what either says to the other, no faster than it reads, until one of them ends. */
export function joinSockets(a: Socket, b: Socket): void {
  for (const [from, to] of [
    [a, b],
    [b, a],
  ] as const) {
    from.setNoDelay(true);
    from.setTimeout(IDLE_TIMEOUT_MS, () => from.destroy());
    from.once('close', () => to.destroySoon()); // what it said last is still to be read
    from.pipe(to);
  }
}
