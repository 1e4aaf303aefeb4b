/** What `npm run loadtest` ends with; see USAGE. */
export const ExitCode = {
  /** Every target was kept. */
  Kept: 0,
  /** A target was missed; the last line names it. */
  Missed: 1,
  /** The command line is wrong. */
  Usage: 2,
  /** The generator was the bottleneck: the figures say nothing of the server. */
  Void: 3,
  /** Nothing was measured: no server, no such room, nobody could join. */
  NotRun: 4,
  /** Ctrl-C; what there was until then has been printed. */
  Interrupted: 130,
} as const;
export type ExitCode = (typeof ExitCode)[keyof typeof ExitCode];

/** Nothing could be measured; `message` says why, and which option has to do with it. main.ts prints it, exits 4. */
export class LoadTestError extends Error {
  override readonly name = 'LoadTestError';
}
