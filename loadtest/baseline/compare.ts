import { CONTENDERS, type Contender } from '../contender.ts';
import type { RunReport } from '../report/run-report.ts';

/** One figure of each contender: medians over the rounds, and what ours is to the others'. */
export interface Comparison {
  name: string;
  unit: string;
  digits: number;
  medians: Partial<Record<Contender, number>>;
  /** Plain Colyseus's to ours: so many times less (or, of what is better high, the other way round). */
  timesBetter?: number;
  /** Ours to the bare server's, which is the floor. */
  timesFloor?: number;
}

interface Figure {
  name: string;
  unit: string;
  digits: number;
  higherIsBetter?: boolean;
  of(report: RunReport): number | undefined;
}

const FIGURES: readonly Figure[] = [
  { name: 'bytes to a client', unit: 'bytes/s', digits: 0, of: (report) => report.bytesPerSecond.in },
  { name: 'bytes from a client', unit: 'bytes/s', digits: 0, of: (report) => report.bytesPerSecond.out },
  { name: 'bytes a message', unit: 'bytes', digits: 1, of: (report) => report.messageBytes.in },
  {
    name: 'updates a client',
    unit: '/s',
    digits: 2,
    higherIsBetter: true,
    of: (report) => report.updatesPerSecond.mean,
  },
  { name: 'round trip, 99 %', unit: 'ms', digits: 1, of: (report) => report.roundTripMs.p99 },
  { name: 'server CPU a client', unit: 'ms/s', digits: 3, of: (report) => report.server.cpuPerClientMs },
  {
    name: "... the game's step left out",
    unit: 'ms/s',
    digits: 3,
    of: ({ server }) => server.cpuPerClientMs && server.cpuPerClientMs - (server.stepPerClientMs ?? 0),
  },
  {
    name: 'clients a core, reckoned from CPU',
    unit: '',
    digits: 0,
    higherIsBetter: true,
    of: ({ server }) => server.cpuPerClientMs && 1_000 / server.cpuPerClientMs,
  },
  {
    name: 'server memory',
    unit: 'MiB',
    digits: 0,
    of: ({ server }) => server.memoryBytes && server.memoryBytes / 1_048_576,
  },
];

/**
 * @param rounds of runs, each with one of every contender that it got to. One with a run that is void counts for nothing: its
 *   figures are the generator's own, and those of the others in it have nothing to be compared with
 */
export function compare(rounds: readonly (readonly RunReport[])[]): Comparison[] {
  const sound = rounds.filter((runs) => runs.every(({ generator }) => generator.void === undefined));
  if (sound.length === 0) return [];
  return FIGURES.map(({ name, unit, digits, higherIsBetter = false, of }) => {
    const medians: Comparison['medians'] = {};
    for (const contender of CONTENDERS) {
      const values = sound.flat().flatMap((report) => (report.contender === contender ? [of(report)] : []));
      const known = values.filter((value) => value !== undefined);
      if (known.length > 0) medians[contender] = median(known);
    }
    const { velarium, colyseus, ws } = medians;
    return {
      name,
      unit,
      digits,
      medians,
      ...(velarium && colyseus ? { timesBetter: higherIsBetter ? velarium / colyseus : colyseus / velarium } : {}),
      ...(velarium && ws ? { timesFloor: higherIsBetter ? ws / velarium : velarium / ws } : {}),
    };
  });
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}
