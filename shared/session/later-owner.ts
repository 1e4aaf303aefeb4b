import { RESTORED_SEQUENCES_AHEAD, type SavedFrameSession } from './frame-session.ts';

/** A peer takes a frame up to 32,767 ahead (S11); the rest is for frames that it has not heard. */
const MOST_TAKEOVERS = 3;

/**
 * A session to be restored that changed hands more than once since it was saved: each process that restored it may have
 * sent frames, and the next one goes on above those of all of them. More than three takeovers count as three.
 * @param takeovers since it was saved, the one that is to restore it included
 */
export function forLaterOwner(saved: SavedFrameSession, takeovers: number): SavedFrameSession {
  const more = Math.min(takeovers, MOST_TAKEOVERS) - 1;
  return { ...saved, nextSequence: (saved.nextSequence + more * RESTORED_SEQUENCES_AHEAD) % 0x1_0000 };
}
