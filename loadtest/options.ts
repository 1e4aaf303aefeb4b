import { cpus } from 'node:os';
import { integer, number, readFlags, UsageError, writableFile } from './command-line.ts';
import { CONTENDERS } from './contender.ts';
import { MAX_SHIPS } from '../shared/arena/rules.ts';
import type { Targets } from './report/targets.ts';

/** Which bots of each room read what is in the state; the others read frames, clock and acknowledgements only. */
export type Decode = 'all' | 'one' | 'none';

/** What may happen to one server of a pool under load. */
export type LoadFault = 'kill' | 'drain';

export interface LoadOptions {
  help: boolean;
  /** Undefined: a server of its own. */
  endpoint: string | undefined;
  room: string;
  /** Clients of each room. */
  rooms: readonly number[];
  delayMs: number;
  seconds: number;
  warmupSeconds: number;
  workers: number;
  decode: Decode;
  predict: boolean;
  /** Ships and nothing else. */
  lean: boolean;
  /** The core of the server; the generator gets the others. */
  pinCore: number | undefined;
  /** Numbers of rooms, growing. */
  sweep: readonly number[] | undefined;
  clientsPerRoom: number;
  baseline: boolean;
  rounds: number;
  /** What happens in the middle of the measurement, to one of three servers. Undefined: nothing, and one server. */
  chaos: LoadFault | undefined;
  targets: Targets;
  /** The run is void when its inputs were later than this, 99th percentile. */
  mostLateMs: number;
  files: { text?: string; json?: string; html?: string };
}

/** The rooms that the bots play in unless `--room` says otherwise. */
const ARENA = 'arena';

export const USAGE = `Usage: npm run loadtest -- [options]

Plays the arena with bots, which are velarium's own client with real inputs at 60 Hz, and says what the server holds.

what is loaded
  --endpoint URL       a server that runs already; without it one is started in a process of its own
  --room NAME          the type of the rooms (default arena)
  --rooms N            rooms (default 10), opened by the test itself
  --clients N          clients in each (default 8; an arena holds ${MAX_SHIPS})
  --lean               arenas without rocks and weapons: a ship a client and nothing else, so that the game costs
                       little and what is left is the server
  --numClients N       clients in all, in rooms of --clients; in place of --rooms
  --delay MS           between one join and the next (default 0: as fast as they are answered)
  --seconds N          how long is measured (default 30)
  --warmup N           seconds of play before that (default 3)

the generator
  --workers N          processes for the bots (default: the cores less one)
  --decode WHICH       which bots of a room read what is in its state: all (default), one, none. The others read frames,
                       clock and acknowledgements, which costs a fraction: for capacities beyond the generator's own
  --predict            the bots predict and reconcile their ships, as the page does
  --max-late MS        its inputs may be this late, 99th percentile; a run with later ones is void (default 5)
  --pin CORE           the server on this core and the generator on all others (taskset)

what happens meanwhile
  --chaos kill|drain   three servers with a Redis of their own, of which one, the one with the most rooms, is killed
                       (SIGKILL) or asked to end in the middle of the measurement; says how long its clients were without
                       an update until they were back

what comes out
  --output FILE        the table, also here
  --json FILE          the report, or an array of them
  --html FILE          one page with charts over time
  --sweep N,N,...      numbers of rooms, one run each, up to the first that misses a target; then between the last two.
                       A late generator counts where all is kept all the same and every input was sent: its lateness is
                       in the figures
  --baseline           in turn velarium, the same game on plain Colyseus, and a bare ws server that moves the same
                       messages; prints ratios. With --sweep: how many clients each holds
  --rounds N           of --baseline (default 3)

targets
  --target-rtt MS      input to acknowledgement, 99th percentile, under (default 100)
  --target-bytes N     average message under (default 1024)
  --target-updates N   updates a second of the slowest client, at least (default 59)

VELARIUM_ADMIN_TOKEN opens the server's /metrics where it wants a token.

Exit code: 0 all targets kept; 1 one missed, named in the last line; 2 wrong usage; 3 void, the generator was the
bottleneck; 4 nothing measured (no server, no such room); 130 interrupted, after printing what there was.
`;

const FLAGS = {
  endpoint: { type: 'string' },
  room: { type: 'string' },
  rooms: { type: 'string' },
  clients: { type: 'string' },
  numClients: { type: 'string' },
  delay: { type: 'string' },
  seconds: { type: 'string' },
  warmup: { type: 'string' },
  workers: { type: 'string' },
  decode: { type: 'string' },
  predict: { type: 'boolean', default: false },
  lean: { type: 'boolean', default: false },
  'max-late': { type: 'string' },
  pin: { type: 'string' },
  output: { type: 'string' },
  json: { type: 'string' },
  html: { type: 'string' },
  sweep: { type: 'string' },
  baseline: { type: 'boolean', default: false },
  rounds: { type: 'string' },
  chaos: { type: 'string' },
  'target-rtt': { type: 'string' },
  'target-bytes': { type: 'string' },
  'target-updates': { type: 'string' },
  help: { type: 'boolean', default: false },
} as const;

type Flags = ReturnType<typeof readFlags<typeof FLAGS>>;

/**
 * @param cores that there are
 * @throws {UsageError} an option that there is not, that contradicts another one, or whose value means nothing
 */
export function parse(args: string[], cores: number = cpus().length): LoadOptions {
  const flags = readFlags(args, FLAGS);
  refuseContradictions(flags);
  const room = flags.room ?? ARENA;
  const clientsPerRoom = integer('clients', flags.clients, 8, 1, 10_000);
  if (room === ARENA && clientsPerRoom > MAX_SHIPS) {
    throw new UsageError(`--clients: an arena holds ${MAX_SHIPS}, not ${clientsPerRoom}`);
  }
  const sweep = flags.sweep === undefined ? undefined : sweepOf(flags.sweep);
  const baseline = flags.baseline;
  return {
    help: flags.help,
    endpoint: flags.endpoint === undefined ? undefined : endpointOf(flags.endpoint),
    room,
    rooms: roomsOf(flags, clientsPerRoom),
    clientsPerRoom,
    delayMs: number('delay', flags.delay, 0, 0, 60_000),
    seconds: integer('seconds', flags.seconds, 30, 1, 86_400),
    warmupSeconds: integer('warmup', flags.warmup, 3, 0, 3_600),
    workers: integer('workers', flags.workers, Math.max(1, cores - 1), 1, 256),
    decode: decodeOf(flags.decode),
    predict: flags.predict,
    lean: flags.lean,
    pinCore: flags.pin === undefined ? undefined : pinOf(flags.pin, cores),
    sweep,
    baseline,
    chaos: flags.chaos === undefined ? undefined : faultOf(flags.chaos),
    rounds: integer('rounds', flags.rounds, 3, 1, 100),
    targets: {
      roundTripMs: number('target-rtt', flags['target-rtt'], 100, 0.001, 60_000),
      messageBytes: number('target-bytes', flags['target-bytes'], 1_024, 1, 1e9),
      updatesPerSecond: number('target-updates', flags['target-updates'], 59, 0, 1_000),
    },
    mostLateMs: number('max-late', flags['max-late'], 5, 0.001, 60_000),
    files: {
      ...(flags.output === undefined ? {} : { text: writableFile('output', flags.output) }),
      ...(flags.json === undefined ? {} : { json: writableFile('json', flags.json) }),
      ...(flags.html === undefined ? {} : { html: writableFile('html', flags.html) }),
    },
  };
}

/** `rooms` rooms of `clientsPerRoom` each. */
export const evenRooms = (rooms: number, clientsPerRoom: number): number[] =>
  Array.from({ length: rooms }, () => clientsPerRoom);

function refuseContradictions(flags: Flags): void {
  if (flags.numClients !== undefined && flags.rooms !== undefined) {
    throw new UsageError('--numClients: says how many clients there are in all; leave --rooms away');
  }
  const rooms = flags.numClients === undefined ? '--rooms' : '--numClients';
  if (flags.sweep !== undefined && (flags.rooms ?? flags.numClients) !== undefined) {
    throw new UsageError(`--sweep: says how many rooms there are; leave ${rooms} away`);
  }
  if (flags.rounds !== undefined && (!flags.baseline || flags.sweep !== undefined)) {
    throw new UsageError('--rounds: is of --baseline without --sweep, and nothing without it');
  }
  if (flags.baseline && (flags.endpoint ?? flags.room) !== undefined) {
    const wrong = flags.endpoint === undefined ? 'room' : 'endpoint';
    throw new UsageError(`--${wrong}: --baseline starts ${CONTENDERS.length} servers of its own, with the arena`);
  }
  if (flags.pin !== undefined && flags.endpoint !== undefined) {
    throw new UsageError('--pin: is for a server that the test starts; --endpoint has one already');
  }
  const clash = (['endpoint', 'baseline', 'sweep', 'pin'] as const).find((name) => flags[name]);
  if (flags.chaos !== undefined && clash !== undefined) {
    throw new UsageError(`--chaos: starts three servers of its own for one run; leave --${clash} away`);
  }
  if (flags.predict && flags.decode !== undefined && flags.decode !== 'all') {
    throw new UsageError('--predict: needs the state; leave --decode away');
  }
}

function roomsOf(flags: Flags, clientsPerRoom: number): number[] {
  if (flags.numClients === undefined) return evenRooms(integer('rooms', flags.rooms, 10, 1, 100_000), clientsPerRoom);
  const clients = integer('numClients', flags.numClients, 1, 1, 1_000_000);
  const rooms = evenRooms(Math.floor(clients / clientsPerRoom), clientsPerRoom);
  const rest = clients % clientsPerRoom;
  return rest === 0 ? rooms : [...rooms, rest];
}

function sweepOf(text: string): number[] {
  const steps = text.split(',').map((step) => integer('sweep', step, 0, 1, 100_000));
  if (steps.some((step, i) => i > 0 && step <= steps[i - 1]!)) {
    throw new UsageError(`--sweep: numbers of rooms that grow, not "${text}"`);
  }
  return steps;
}

function endpointOf(text: string): string {
  const scheme = URL.canParse(text) ? new URL(text).protocol : '';
  if (['http:', 'https:', 'ws:', 'wss:'].includes(scheme)) return text.replace(/^ws/, 'http').replace(/\/+$/, '');
  throw new UsageError(`--endpoint: is a URL like http://localhost:2567, not "${text}"`);
}

function faultOf(text: string): LoadFault {
  if (text === 'kill' || text === 'drain') return text;
  throw new UsageError(`--chaos: is kill or drain, not "${text}"`);
}

function decodeOf(text: string = 'all'): Decode {
  if (text === 'all' || text === 'one' || text === 'none') return text;
  throw new UsageError(`--decode: is all, one or none, not "${text}"`);
}

function pinOf(text: string, cores: number): number {
  if (cores < 2) throw new UsageError('--pin: takes two cores, and there is one');
  return integer('pin', text, 0, 0, cores - 1);
}
