import { spawnSync } from 'node:child_process';
import { UsageError } from '../command-line.ts';

/** The command that runs another one on these cores only; that one itself where they are undefined. */
export function onCores(
  cores: readonly number[] | undefined,
  command: string,
  args: string[],
): { command: string; args: string[] } {
  if (cores === undefined) return { command, args };
  return { command: 'taskset', args: ['-c', cores.join(','), command, ...args] };
}

export interface Pinning {
  server: readonly number[] | undefined;
  generator: readonly number[] | undefined;
}

/** @throws {UsageError} there is no taskset */
export function pinning(pinCore: number | undefined, cores: number): Pinning {
  if (pinCore === undefined) return { server: undefined, generator: undefined };
  if (spawnSync('taskset', ['--version'], { stdio: 'ignore' }).error !== undefined) {
    throw new UsageError('--pin: needs taskset (Debian: apt-get install util-linux), which is Linux only');
  }
  const others = Array.from({ length: cores }, (_, core) => core).filter((core) => core !== pinCore);
  return { server: [pinCore], generator: others };
}
