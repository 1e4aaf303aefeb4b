import type { Growth } from './holdings.ts';
import type { LinkKind } from './link/links.ts';
import type { PlayedPool } from './played-pool.ts';

/** What became of one fault. */
export interface ChaosRun {
  /** What happened, where that differs from run to run. */
  what?: string;
  /** Of the clients that it hit: from the fault to the first state behind it, in milliseconds. */
  backMs: number[];
  /** Of each room that was taken over: how much of its time clients had seen that its next owner did not know, in milliseconds. */
  lostMs: number[];
  /** What else there is to say in milliseconds, by name. */
  figures?: Record<string, number[]>;
  /** What there is to count, by name. */
  counts?: Record<string, number>;
  /** What the nodes that lived on held at its end, by name, where the fault looks. */
  held?: Record<string, number>;
  broken: string[];
}

export interface ChaosReport {
  fault: string;
  seed: number;
  rooms: number;
  /** Of each room. */
  clients: number;
  /** Processes beside the pool that took all the time of processors that they got. */
  load: number;
  /** How long it lasted, where that is what matters. */
  minutes?: number;
  runs: ChaosRun[];
  /** Inputs that clients made and rooms never had. */
  inputsLost: number;
  /** How much more the nodes that lived on held at the end than at the beginning, by name. */
  growth?: Record<string, Growth>;
  /** Where something was broken: the file with all that was seen of clients and journals. */
  history?: string;
}

/** Something that happens to a pool under play, again and again. */
export interface Fault {
  /** What it is, for the usage; one line each. */
  usage: readonly string[];
  /** What happened, without how often: `a node was killed`. */
  happened: string;
  /** What it cuts: nodes have links of their own for that. Default nothing. */
  links?: readonly LinkKind[];
  /** Whether Redis keeps what it holds when it is killed. Default not. */
  keepsRedis?: boolean;
  /** It is no matter of how often but of how long: a minute, or less, at a time. Default not. */
  lastsMinutes?: boolean;
  /**
   * Lets it happen once, and waits until the pool is as it was before.
   * @param forMs how long, where it {@link lastsMinutes}; else of no account
   */
  inject(played: PlayedPool, forMs: number): Promise<ChaosRun>;
}
