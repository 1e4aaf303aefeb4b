import { readFlags, UsageError } from '../command-line.ts';
import { SCENES } from './scenes/all-scenes.ts';
import type { Source } from './source.ts';

export interface BenchOptions {
  help: boolean;
  json: boolean;
  sources: Source[];
}

export const USAGE = `Usage: npm run bench:codec -- [options]

Sends recorded motion through velarium's delta codec and through Colyseus's own encoder, and compares bytes and time.

  --scene NAME   only this scene (repeatable): ${[...SCENES.keys()].join(', ')}
  --trace FILE   recorded motion instead of the scenes (repeatable); the format: loadtest/codec/README.md
  --json         print one JSON array, an object per trace
  --help         print this

Exit code: 0; 1 if a trace could not be read, or what arrived was not what was sent; 2 wrong usage.
`;

const FLAGS = {
  scene: { type: 'string', multiple: true, default: [] as string[] },
  trace: { type: 'string', multiple: true, default: [] as string[] },
  json: { type: 'boolean', default: false },
  help: { type: 'boolean', default: false },
} as const;

/** @throws {UsageError} no such scene, no such option, or nothing after one that needs something */
export function parse(args: string[]): BenchOptions {
  const { scene, trace, json, help } = readFlags(args, FLAGS);
  const wrong = scene.find((name) => !SCENES.has(name));
  if (wrong !== undefined)
    throw new UsageError(`--scene: there is no '${wrong}', only ${[...SCENES.keys()].join(', ')}`);
  if (trace.includes('')) throw new UsageError('--trace: needs the name of a file');
  const scenes = scene.length + trace.length > 0 ? scene : [...SCENES.keys()];
  const sources: Source[] = [
    ...scenes.map((name) => ({ kind: 'scene', name }) as const),
    ...trace.map((path) => ({ kind: 'trace', path }) as const),
  ];
  return { help, json, sources };
}
