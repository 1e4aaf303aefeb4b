import { spawn } from 'node:child_process';

/** Turns on the spot, and ends when whoever started it is gone. */
const BUSY = 'const parent = process.ppid; while (process.ppid === parent) for (let i = 0; i < 1e8; i++);';

/** Has so many processes beside this one take all the time of processors that they get. @returns what ends them */
export function startLoad(processes: number): () => void {
  const children = Array.from({ length: processes }, () =>
    spawn(process.execPath, ['--eval', BUSY], { stdio: 'ignore', detached: true }),
  );
  for (const child of children) child.unref();
  const stop = (): void => {
    process.off('exit', stop);
    for (const child of children) child.kill('SIGKILL');
  };
  process.on('exit', stop);
  return stop;
}
