import { integer, number, readFlags, UsageError, writableFile } from '../command-line.ts';

export interface SoakOptions {
  help: boolean;
  minutes: number;
  /** Bots: `rooms` times `clients`. One in `clients` opens a room, the others go where there is one. */
  rooms: number;
  clients: number;
  /** How long a bot stays, on average. */
  staySeconds: number;
  /** Between two looks at the memory. */
  everySeconds: number;
  /** Memory counts from then on. */
  settleMinutes: number;
  /** Percent that the heap may grow from then to the end. */
  mostGrowth: number;
  /** Percent of the stays whose connection is cut: in the middle, or at the end and for ever. */
  cut: number;
  vanish: number;
  /** Of the bots' choices. */
  seed: number;
  /** Undefined: one of its own. */
  redisUri: string | undefined;
  json: string | undefined;
}

export const SOAK_USAGE = `Usage: npm run soak -- [options]

Bots join, play, lose their connections and leave all the time, on a node with a Redis, both started for it; then says
what became of the node's memory, and what is left of the bots in the node and in Redis: nothing should be.

  --minutes N        how long (default 20)
  --rooms N          (default 6) and
  --clients N        (default 8) make rooms times clients bots
  --stay SECONDS     how long a bot stays, on average (default 15)
  --every SECONDS    between two looks at the memory, each after a garbage collection (default 15)
  --settle MINUTES   memory counts from then on (default 5, or a quarter of --minutes if that is less)
  --most-growth N    percent that the heap may grow from then to the end (default 5); twice that of resident memory
  --cut PERCENT      of the stays: the connection is cut, and the bot comes back (default 20)
  --vanish PERCENT   of the stays: it is cut and the bot stays away, so that its seat is kept in vain (default 20)
  --seed N           of what the bots do (default 1)
  --redis URI        a Redis without any of velarium's keys in it; without it one is started
  --json FILE        the report

Exit code: 0 memory flat and nothing left; 1 otherwise, the last lines say what; 2 wrong usage; 4 the server did not
start or ended; 130 interrupted.
`;

const FLAGS = {
  minutes: { type: 'string' },
  rooms: { type: 'string' },
  clients: { type: 'string' },
  stay: { type: 'string' },
  every: { type: 'string' },
  settle: { type: 'string' },
  'most-growth': { type: 'string' },
  cut: { type: 'string' },
  vanish: { type: 'string' },
  seed: { type: 'string' },
  redis: { type: 'string' },
  json: { type: 'string' },
  help: { type: 'boolean', default: false },
} as const;

/** @throws {UsageError} */
export function parseSoak(args: string[]): SoakOptions {
  const flags = readFlags(args, FLAGS);
  const minutes = number('minutes', flags.minutes, 20, 0.05, 10_000);
  const settleMinutes = number('settle', flags.settle, Math.min(5, minutes / 4), 0, 10_000);
  if (settleMinutes >= minutes) throw new UsageError('--settle: is less than --minutes');
  const cut = number('cut', flags.cut, 20, 0, 100);
  const vanish = number('vanish', flags.vanish, 20, 0, 100);
  if (cut + vanish > 100) throw new UsageError('--cut: and --vanish are at most 100 together');
  return {
    help: flags.help,
    minutes,
    rooms: integer('rooms', flags.rooms, 6, 1, 1_000),
    clients: integer('clients', flags.clients, 8, 1, 100),
    staySeconds: number('stay', flags.stay, 15, 0.1, 3_600),
    everySeconds: number('every', flags.every, 15, 0.2, 600),
    settleMinutes,
    mostGrowth: number('most-growth', flags['most-growth'], 5, 0, 1_000),
    cut,
    vanish,
    seed: integer('seed', flags.seed, 1, 0, 2 ** 31),
    redisUri: flags.redis === undefined ? undefined : redisUri(flags.redis),
    json: flags.json === undefined ? undefined : writableFile('json', flags.json),
  };
}

function redisUri(text: string): string {
  if (URL.canParse(text) && /^rediss?:$/.test(new URL(text).protocol)) return text;
  throw new UsageError('--redis: is an address like redis://localhost:6379');
}
