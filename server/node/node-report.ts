import type { NodeLoad } from './load-meter.ts';

/** What a node says of itself to the others of its pool. */
export interface NodeReport {
  /** Host and port at which machines of the pool reach the node; a balancer asks for it. */
  address: string;
  load: NodeLoad;
  /** Whether it is being emptied: it gets no new rooms. */
  draining: boolean;
}

const MAX_ADDRESS_CHARS = 256;

export const writeReport = (report: NodeReport): string => JSON.stringify(report);

/** What others wrote is theirs: a build before or after this one may say it otherwise. Such a node gets no rooms. */
export function readReport(text: string): NodeReport | undefined {
  try {
    const { address, draining, load } = JSON.parse(text) as NodeReport;
    const { tickShare, loopShare, lagMs, rooms, clients } = load;
    if (typeof address !== 'string' || address.length > MAX_ADDRESS_CHARS) return undefined;
    if (![tickShare, loopShare, lagMs, rooms, clients].every(Number.isFinite)) return undefined;
    return { address, draining: draining !== false, load: { tickShare, loopShare, lagMs, rooms, clients } };
  } catch {
    return undefined;
  }
}
