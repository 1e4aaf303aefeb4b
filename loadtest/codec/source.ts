import { SCENES } from './scenes/all-scenes.ts';
import { loadTrace } from './trace-file.ts';
import type { Trace } from './trace.ts';

/** Where motion comes from: a scene of ours, or a file. */
export type Source = { kind: 'scene'; name: string } | { kind: 'trace'; path: string };

/** @throws {TraceError} of a file */
export async function traceOf(source: Source): Promise<Trace> {
  if (source.kind === 'trace') return loadTrace(source.path);
  const scene = SCENES.get(source.name);
  if (scene === undefined) throw new Error(`parse() lets no unknown scene through: ${source.name}`);
  return scene();
}

export function nameOf(source: Source): string {
  return source.kind === 'trace' ? source.path : source.name;
}
