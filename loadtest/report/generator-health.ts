import type { Decode } from '../options.ts';
import type { Second } from '../worker/generator.ts';

/** Beyond this a worker is its own bottleneck: what arrives waits for it. */
export const MOST_CPU_SHARE = 0.8;

export interface GeneratorFigures {
  workers: number;
  /** How late after its time the schedule woke: 99th percentile. */
  lateP99Ms: number;
  /** Of the busiest worker over the whole measurement, 0 to 1. */
  cpuShare: number;
  /** Why the run says nothing of the server; undefined where it does. */
  void?: string;
  /** What to do about that. */
  advice?: string;
}

/** The generator must be far from its own limits, or what is slow is it. */
export function generatorFigures(
  workers: number,
  lateP99Ms: number,
  mostLateMs: number,
  seconds: readonly Pick<Second, 'cpuShare'>[],
  decode: Decode,
): GeneratorFigures {
  const cpuShare = seconds.reduce((sum, second) => sum + second.cpuShare, 0) / Math.max(1, seconds.length);
  const reasons: string[] = [];
  if (lateP99Ms > mostLateMs) {
    reasons.push(`its inputs were late by ${lateP99Ms.toFixed(1)} ms (99th percentile, ${mostLateMs} at most)`);
  }
  if (cpuShare > MOST_CPU_SHARE) {
    reasons.push(`a worker took ${percent(cpuShare)} of a core (${percent(MOST_CPU_SHARE)} at most)`);
  }
  if (reasons.length === 0) return { workers, lateP99Ms, cpuShare };
  const advice = ['fewer --rooms', 'a machine with less else to do'];
  if (decode !== 'none') advice.splice(1, 0, '--decode none');
  if (lateP99Ms > mostLateMs) advice.push(`--max-late ${Math.ceil(lateP99Ms)}, where that much does not matter`);
  return { workers, lateP99Ms, cpuShare, void: reasons.join('; '), advice: `what helps: ${advice.join('; ')}` };
}

const percent = (share: number): string => `${Math.round(share * 100)} %`;
