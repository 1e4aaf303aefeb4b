import { startPool } from '../../pool/local-pool.ts';
import { evenRooms, parse } from '../options.ts';
import { type Outlets, run } from '../run.ts';
import { NODE_SCRIPT } from './adoption.ts';
import { type AdoptOptions, SHIPS } from './options.ts';

const MOST_WARM_UP_SECONDS = 3;

/** What keeping its rooms takes of a node. */
export interface JournalLoad {
  rooms: number;
  seconds: number;
  /** Percent of the time in ticks: in them, and outside of them to write it. */
  inTicksPercent: number;
  writingPercent: number;
  /** Of one room, a second. */
  writes: number;
  bytes: number;
  /** Why the figures say nothing, where they do not. */
  void?: string;
}

/**
 * Plays on a node with real clients, and asks it what its journals took.
 * @throws {PoolError} it does not start; {LoadTestError} nothing could be measured
 */
export async function measureJournal(
  { journalRooms, journalSeconds }: Pick<AdoptOptions, 'journalRooms' | 'journalSeconds'>,
  outlets: Outlets,
): Promise<JournalLoad> {
  const environment = {
    NODE_ENV: 'production',
    VELARIUM_LOG_LEVEL: 'silent',
    VELARIUM_ADMIN_TOKEN: '',
    VELARIUM_ALLOW_MISSING_ORIGIN: '', // bots have none
  };
  const pool = await startPool({ nodes: 1, script: NODE_SCRIPT, environment });
  try {
    const warmUp = String(Math.min(MOST_WARM_UP_SECONDS, journalSeconds));
    const args = [
      '--endpoint',
      pool.nodes[0]!.url,
      '--seconds',
      String(journalSeconds),
      '--warmup',
      warmUp,
      '--decode',
      'none',
    ];
    const options = parse([...args, '--rooms', String(journalRooms), '--clients', String(SHIPS)]);
    const report = await run({ contender: 'velarium', rooms: evenRooms(journalRooms, SHIPS), options }, outlets);
    const { journal, seconds = 0 } = report.server;
    if (journal === undefined) throw new Error('the node says nothing of its journals');
    return {
      rooms: journalRooms,
      seconds,
      inTicksPercent: (100 * journal.noteSeconds) / journal.tickSeconds,
      writingPercent: (100 * journal.writeSeconds) / journal.tickSeconds,
      writes: journal.entries / (journalRooms * seconds),
      bytes: journal.bytes / (journalRooms * seconds),
      ...(report.generator.void === undefined ? {} : { void: report.generator.void }),
    };
  } finally {
    await pool.stop();
  }
}
