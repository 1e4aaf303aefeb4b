import { integer, number, readFlags, writableFile } from '../command-line.ts';

export interface AdoptOptions {
  help: boolean;
  runs: number;
  nodes: number;
  rooms: number;
  /** Of each of them. */
  clients: number;
  playSeconds: number;
  /** The last room must be taken over so soon, in half of the runs. */
  mostMs: number;
  /** Measured for the journal; 0: not at all. */
  journalSeconds: number;
  journalRooms: number;
  /** Of the time in ticks. */
  mostJournalPercent: number;
  json: string | undefined;
}

/** Ships of each room: those that no client flies are bots. */
export const SHIPS = 8;

export const ADOPT_USAGE = `Usage: npm run bench:adopt -- [options]

What it costs that rooms outlive their node. First one node with a Redis, both started for it, plays arenas with
${SHIPS} clients each: what their journals take of its time, and how much they write. Then, --runs times, a pool is started, one
of its nodes filled with rooms and killed: how soon the others find it dead, and have taken its rooms over.

The arenas that are taken over have ${SHIPS} ships that play at 60 Hz until there is as much of them in the store as of any
arena; then they tick once a second, since hundreds of arenas at 60 Hz are more than a machine does whose cores the
survivors, Redis and the clients share.

  --runs N             (default 3)
  --nodes N            (default 3)
  --rooms N            of the node that is killed (default 300)
  --clients N          in each room, with the real client; the other ships are bots (default 0)
  --play SECONDS       at 60 Hz, before a room rests (default 5)
  --most-ms N          the last room must be taken over so soon after the kill, in half of the runs (default 2000)
  --journal SECONDS    measured of the journal; 0 leaves that out (default 10)
  --journal-rooms N    with ${SHIPS} clients each (default 10)
  --most-journal N     percent of the time in ticks that the journal may take (default 10)
  --json FILE          all figures

Exit code: 0 both were kept, and every room was taken over once; 1 not, the last lines say what; 2 wrong usage; 3 the
load on the journal was not what it should be, since the generator was the bottleneck; 4 the pool did not start; 130 interrupted.
`;

const FLAGS = {
  runs: { type: 'string' },
  nodes: { type: 'string' },
  rooms: { type: 'string' },
  clients: { type: 'string' },
  play: { type: 'string' },
  'most-ms': { type: 'string' },
  journal: { type: 'string' },
  'journal-rooms': { type: 'string' },
  'most-journal': { type: 'string' },
  json: { type: 'string' },
  help: { type: 'boolean', default: false },
} as const;

/** @throws {UsageError} */
export function parseAdopt(args: string[]): AdoptOptions {
  const flags = readFlags(args, FLAGS);
  return {
    help: flags.help,
    runs: integer('runs', flags.runs, 3, 1, 1_000),
    nodes: integer('nodes', flags.nodes, 3, 2, 16),
    rooms: integer('rooms', flags.rooms, 300, 1, 2_000),
    clients: integer('clients', flags.clients, 0, 0, SHIPS),
    playSeconds: number('play', flags.play, 5, 0, 600),
    mostMs: integer('most-ms', flags['most-ms'], 2_000, 1, 600_000),
    journalSeconds: integer('journal', flags.journal, 10, 0, 3_600),
    journalRooms: integer('journal-rooms', flags['journal-rooms'], 10, 1, 1_000),
    mostJournalPercent: number('most-journal', flags['most-journal'], 10, 0, 100),
    json: flags.json === undefined ? undefined : writableFile('json', flags.json),
  };
}
