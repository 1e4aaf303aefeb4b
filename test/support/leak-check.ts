/** How long after the last test something may still be under way: core's timer of an absence outlives its room, for 30 s. */
const GRACE_MS = 45_000;

/**
 * Ends a run that would not end: what a test left open (a socket, a timer, a process) keeps it alive for good. It fails
 * then, and says what it is.
 */
export default function checkLeaks(): void {
  setTimeout(() => {
    console.error(`tests: left open after the last test: ${process.getActiveResourcesInfo().join(', ')}`);
    process.exit(1);
  }, GRACE_MS).unref();
}
