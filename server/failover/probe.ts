import { get } from 'node:http';
import type { Evidence } from './detector.ts';

/** `unknown`: there is nobody to ask. */
export type ProbeAnswer = 'alive' | 'unknown' | Evidence;

/** A node that is there answers within this; one that does not may be stopped, cut off or buried in work. */
const PROBE_TIMEOUT_MS = 200;

/**
 * Asks the node at `address` (host and port) for its `/healthz`. Never rejects. Only `refused` says for sure that no
 * process listens there: the kernel takes connections for one that is merely stopped.
 */
export function probeHttp(address: string | undefined, timeoutMs = PROBE_TIMEOUT_MS): Promise<ProbeAnswer> {
  if (address === undefined || !URL.canParse(`http://${address}`)) return Promise.resolve('unknown');
  const { promise, resolve } = Promise.withResolvers<ProbeAnswer>();
  const request = get(new URL('/healthz', `http://${address}`), { agent: false }, (response) => {
    resolve('alive');
    response.destroy();
  });
  const timer = setTimeout(() => request.destroy(), timeoutMs).unref();
  request.on('error', (error: NodeJS.ErrnoException) => resolve(error.code === 'ECONNREFUSED' ? 'refused' : 'silent'));
  request.on('close', () => {
    clearTimeout(timer);
    resolve('silent');
  });
  return promise;
}
