import { check } from './check.ts';
import type { Contender } from './contender.ts';
import { race, type RaceOptions } from './race.ts';
import { schemaFloat32Contender, schemaQuantizedContender } from './schema-contender.ts';
import type { Trace } from './trace.ts';
import { velariumContender } from './velarium-contender.ts';

/** What `--json` prints of a trace. Bytes are those of all messages but the first, with their headers. */
export interface TraceReport {
  name: string;
  hz: number;
  frames: number;
  entities: number;
  bytes: number;
  bytesPerFrame: number;
  /** Thousands of bytes a second. */
  kBps: number;
  schemaFloat32Bytes: number;
  schemaQuantizedBytes: number;
  encodeNsPerEntity: number;
  decodeNsPerEntity: number;
  /** Of the quantised Schema. */
  schemaEncodeNsPerEntity: number;
  schemaDecodeNsPerEntity: number;
  exact: boolean;
  maxError: number;
  /** What assigning the values takes, beside encoding them. */
  setNsPerEntity: number;
  schemaSetNsPerEntity: number;
}

/** The same for a table, which has room for both Schemas. */
export interface FullReport extends TraceReport {
  schemaFloat32EncodeNsPerEntity: number;
  schemaFloat32DecodeNsPerEntity: number;
}

export interface ReportOptions {
  race?: Partial<RaceOptions>;
  /** Whose figures the report is; velarium's codec unless a test says otherwise. */
  candidate?: (trace: Trace) => Contender;
}

/** Measures one trace: the candidate, and Colyseus's own encoder beside it. */
export function reportOn(
  trace: Trace,
  { race: raceOptions, candidate = velariumContender }: ReportOptions = {},
): FullReport {
  const contenders = [candidate(trace), schemaQuantizedContender(trace), schemaFloat32Contender(trace)] as const;
  const [ours, quantized, float32] = contenders.map((contender) => check(trace, contender));
  const [ourTiming, quantizedTiming, float32Timing] = race(trace, contenders, raceOptions);
  const { name, hz, frames, entities } = trace;
  const { bytes, exact, maxError } = ours!;
  const bytesPerFrame = bytes / (frames - 1);
  return {
    name,
    hz,
    frames,
    entities,
    bytes,
    bytesPerFrame,
    kBps: (bytesPerFrame * hz) / 1_000,
    schemaFloat32Bytes: float32!.bytes,
    schemaQuantizedBytes: quantized!.bytes,
    ...ourTiming!,
    schemaSetNsPerEntity: quantizedTiming!.setNsPerEntity,
    schemaEncodeNsPerEntity: quantizedTiming!.encodeNsPerEntity,
    schemaDecodeNsPerEntity: quantizedTiming!.decodeNsPerEntity,
    exact,
    maxError,
    schemaFloat32EncodeNsPerEntity: float32Timing!.encodeNsPerEntity,
    schemaFloat32DecodeNsPerEntity: float32Timing!.decodeNsPerEntity,
  };
}
