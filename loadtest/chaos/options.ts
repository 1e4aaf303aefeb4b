import { integer, number, readFlags, UsageError, writableFile } from '../command-line.ts';
import { FAULTS } from './faults.ts';

export interface ChaosOptions {
  help: boolean;
  /** One of FAULTS. */
  fault: string;
  runs: number;
  rooms: number;
  /** Of each room. */
  clients: number;
  seed: number;
  /** How long, where that is what matters. */
  minutes: number;
  /** Processes beside the pool that take all the time of processors that they get. */
  load: number;
  json: string | undefined;
}

const NAMES = Object.keys(FAULTS);
const told = NAMES.map((name) => `  ${name.padEnd(14)} ${FAULTS[name]!.usage.join(`\n${' '.repeat(17)}`)}`);

export const CHAOS_USAGE = `Usage: npm run chaos -- ${NAMES.join('|')} [options]

Starts a pool of three nodes with a Redis of its own, has bots play on it at 60 Hz with the real client, and lets
something happen to it, again and again, at random moments. Says how long it took until everybody was back, how much of
the game was lost, and what was broken that must not be: that each room has one owner and its journal's epochs never
decrease, that no client is shown an older state than before, that nothing acknowledged is lost and nothing heard twice
(clients and rooms number what they say to each other), that everybody stays who they were, and that seats and listing
count them. If something was, all that was seen of clients and journals is written to a file.

${told.join('\n')}

  --runs N       how often (default 5), or
  --minutes N    how long, of calm (default 1)
  --rooms N      (default 4) and
  --clients N    in each of them (default 2)
  --seed N       of what happens when and to whom (default 1)
  --load N       processes beside the pool that take all the time of processors that they get (default 0)
  --json FILE    all figures

Exit code: 0 nothing was broken; 1 something was, the last lines say what and with which seed; 2 wrong usage; 4 the pool
did not start; 130 interrupted (Ctrl-C), and all that was started has ended with it.
`;

const FLAGS = {
  runs: { type: 'string' },
  rooms: { type: 'string' },
  clients: { type: 'string' },
  seed: { type: 'string' },
  minutes: { type: 'string' },
  load: { type: 'string' },
  json: { type: 'string' },
  help: { type: 'boolean', default: false },
} as const;

/** @throws {UsageError} */
export function parseChaos([fault = '', ...args]: string[]): ChaosOptions {
  const isHelp = fault === '--help';
  const flags = readFlags(isHelp ? [] : args, FLAGS);
  if (!isHelp && !Object.hasOwn(FAULTS, fault))
    throw new UsageError(
      fault === ''
        ? `say what is to happen: ${NAMES.join(', ')}`
        : `what can happen is ${NAMES.join(', ')}, not "${fault}"`,
    );
  if (!isHelp) refuseOther(fault, flags);
  return {
    help: isHelp || flags.help,
    fault,
    runs: integer('runs', flags.runs, 5, 1, 10_000),
    rooms: integer('rooms', flags.rooms, 4, 1, 1_000),
    clients: integer('clients', flags.clients, 2, 1, 16),
    seed: integer('seed', flags.seed, 1, 0, 0xffff_ffff),
    minutes: number('minutes', flags.minutes, 1, 0.05, 1_440),
    load: integer('load', flags.load, 0, 0, 64),
    json: flags.json === undefined ? undefined : writableFile('json', flags.json),
  };
}

/** @throws {UsageError} what is counted was given minutes, or what lasts a count */
function refuseOther(fault: string, flags: { runs?: string | undefined; minutes?: string | undefined }): void {
  const { lastsMinutes = false } = FAULTS[fault]!;
  const [meant, other] = lastsMinutes ? (['minutes', 'runs'] as const) : (['runs', 'minutes'] as const);
  if (flags[other] !== undefined) throw new UsageError(`--${other} means nothing for ${fault}; use --${meant}`);
}
