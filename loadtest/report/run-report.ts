import { cpus } from 'node:os';
import type { Contender } from '../contender.ts';
import { type Percentiles, percentilesOf, TimeHistogram } from '../histogram.ts';
import type { Decode, LoadFault, LoadOptions } from '../options.ts';
import type { ServerFigures } from '../server/server-watch.ts';
import { type JoinFigures, type Measured, mergeErrors } from '../worker/generator.ts';
import type { Errors } from '../worker/messages.ts';
import { type GeneratorFigures, generatorFigures } from './generator-health.ts';
import { judge, type Verdict } from './targets.ts';

/** There and back, as the client sees it. */
export interface BothWays {
  in: number;
  out: number;
}

/** A second of a run, for charts. */
export interface Moment {
  second: number;
  clients: number;
  updatesPerClient: number;
  roundTripP50Ms: number;
  roundTripP99Ms: number;
  longestGapMs: number;
  bytesPerClient: BothWays;
  /** Share of one core. */
  serverCpu?: number;
  serverMemoryBytes?: number;
  generatorLateP99Ms: number;
  errors: number;
}

export interface RunReport {
  contender: Contender;
  /** Undefined: the test's own. */
  endpoint?: string;
  room: string;
  rooms: number;
  clients: number;
  /** When the measurement began, milliseconds since the epoch. */
  beganAtMs: number;
  /** That were measured. */
  seconds: number;
  interrupted: boolean;
  conditions: {
    decode: Decode;
    predict: boolean;
    lean: boolean;
    pinCore?: number;
    node: string;
    cpu: string;
    cores: number;
  };
  joins: { wanted: number; joined: number; perSecond: number; timeMs: Percentiles };
  /** What happened to one of the servers, and how long the clients that were there had no update, until they were back. */
  chaos?: { fault: LoadFault; node: string; afterSeconds: number; backMs: Percentiles };
  /** Connected from the beginning of the measurement to its end; with `chaos`, or back at its end. */
  stayed: number;
  roundTripMs: Percentiles;
  unanswered: number;
  updatesPerSecond: { mean: number; slowest: number };
  gapMs: Percentiles;
  /** WebSocket payloads. */
  messageBytes: BothWays;
  bytesPerSecond: BothWays;
  messagesPerSecond: BothWays;
  server: Partial<ServerFigures> & {
    /** Milliseconds of CPU a second, for one client. */
    cpuPerClientMs?: number;
    /** Of that, the game's own steps. */
    stepPerClientMs?: number;
    /** Of one core. */
    cpuShare?: number;
  };
  generator: GeneratorFigures;
  errors: Errors;
  targets: Verdict[];
  moments: Moment[];
}

export interface RunParts {
  contender: Contender;
  options: LoadOptions;
  rooms: number;
  workers: number;
  interrupted: boolean;
  joins: JoinFigures;
  joinErrors: Errors;
  measured: Measured;
  server: Partial<ServerFigures>;
  /** What was done to which server, and when. */
  harm?: { fault: LoadFault; node: string; afterSeconds: number } | undefined;
  /** By second. */
  usage: ReadonlyMap<number, { cpuShare: number; memoryBytes: number }>;
}

export function buildReport(parts: RunParts): RunReport {
  const { contender, options, joins, measured, server } = parts;
  const roundTrips = new TimeHistogram();
  const gaps = new TimeHistogram();
  const lateness = new TimeHistogram();
  for (const second of measured.seconds) {
    roundTrips.add(second.roundTrips);
    gaps.add(second.gaps);
    lateness.add(second.lateness);
  }
  const total = (of: 'updates' | 'bytesIn' | 'messagesIn' | 'bytesOut' | 'messagesOut'): number =>
    measured.seconds.reduce((sum, second) => sum + second[of], 0);
  const seconds = measured.measuredMs / 1_000;
  const perClient = (count: number): number => ratio(count, seconds * joins.joined);
  const watchedSeconds = server.seconds ?? 0;
  const usedPerClientMs = (usedSeconds: number): number => ratio(1_000 * usedSeconds, watchedSeconds * joins.joined);
  const figures = {
    joins: {
      wanted: joins.wanted,
      joined: joins.joined,
      perSecond: ratio(joins.joined, joins.tookMs / 1_000),
      timeMs: percentilesOf(joins.times),
    },
    stayed: measured.stayed,
    roundTripMs: percentilesOf(roundTrips),
    updatesPerSecond: {
      mean: perClient(total('updates')),
      slowest: ratio(Number.isFinite(measured.fewestUpdates) ? measured.fewestUpdates : 0, seconds),
    },
    messageBytes: {
      in: ratio(total('bytesIn'), total('messagesIn')),
      out: ratio(total('bytesOut'), total('messagesOut')),
    },
  };
  return {
    contender,
    ...(options.endpoint === undefined ? {} : { endpoint: options.endpoint }),
    room: options.room,
    rooms: parts.rooms,
    clients: joins.joined,
    beganAtMs: measured.startsAtMs,
    seconds,
    interrupted: parts.interrupted,
    conditions: {
      decode: options.decode,
      predict: options.predict,
      lean: options.lean,
      ...(options.pinCore === undefined ? {} : { pinCore: options.pinCore }),
      node: process.version,
      cpu: cpus()[0]?.model ?? 'unknown',
      cores: cpus().length,
    },
    ...figures,
    ...(parts.harm && { chaos: { ...parts.harm, backMs: percentilesOf(measured.returns) } }),
    unanswered: measured.unanswered,
    gapMs: percentilesOf(gaps),
    bytesPerSecond: { in: perClient(total('bytesIn')), out: perClient(total('bytesOut')) },
    messagesPerSecond: { in: perClient(total('messagesIn')), out: perClient(total('messagesOut')) },
    server: {
      ...server,
      ...(server.cpuSeconds === undefined || watchedSeconds === 0
        ? {}
        : { cpuPerClientMs: usedPerClientMs(server.cpuSeconds), cpuShare: server.cpuSeconds / watchedSeconds }),
      ...(server.stepSeconds === undefined ? {} : { stepPerClientMs: usedPerClientMs(server.stepSeconds) }),
    },
    generator: generatorFigures(
      parts.workers,
      lateness.percentile(99),
      options.mostLateMs,
      measured.seconds,
      options.decode,
    ),
    errors: mergeErrors([parts.joinErrors, measured.errors]),
    targets: seconds === 0 ? [] : judge(figures, options.targets),
    moments: momentsOf(parts),
  };
}

function momentsOf({ measured, usage }: RunParts): Moment[] {
  return measured.seconds.map((second, i) => {
    const used = usage.get(second.second);
    const lengthMs = Math.min(1_000, measured.measuredMs - i * 1_000);
    const perClient = (count: number): number => ratio(count * 1_000, lengthMs * second.clients);
    return {
      second: second.second,
      clients: second.clients,
      updatesPerClient: perClient(second.updates),
      roundTripP50Ms: second.roundTrips.percentile(50),
      roundTripP99Ms: second.roundTrips.percentile(99),
      longestGapMs: second.gaps.maxMs,
      bytesPerClient: { in: perClient(second.bytesIn), out: perClient(second.bytesOut) },
      ...(used === undefined ? {} : { serverCpu: used.cpuShare, serverMemoryBytes: used.memoryBytes }),
      generatorLateP99Ms: second.lateness.percentile(99),
      errors: second.errors,
    };
  });
}

const ratio = (count: number, of: number): number => (of > 0 ? count / of : 0);
