/** One player without a screen, on whichever client. */
export interface Bot {
  readonly roomId: string;
  /** The highest number of an input that the server says it has processed. */
  readonly acknowledged: number;
  /** Changes when inputs are counted from 1 again: after a reconnect, where the server cannot go on with their numbers. */
  readonly epoch: number;
  /** How often it has come back after a lost connection. */
  readonly returns: number;
  /** Sends the input of one of its ticks. @returns the input's number, or 0 where it could not be sent */
  send(tick: number): number;
  leave(): Promise<void>;
}

export interface BotEvents {
  /** A state, whole or a change, has been taken. */
  onUpdate(): void;
  /** Something went wrong; `kind` is short and has no numbers of its own, so that like is counted with like. */
  onError(kind: string): void;
  /** It is in its room no more, and will not be again. */
  onEnd(): void;
}

export interface BotPlan {
  endpoint: string;
  room: string;
  /** Undefined: open a new one. */
  roomId: string | undefined;
  name: string;
  /** Whether it reads what is in the state. */
  decodes: boolean;
  predicts: boolean;
  /** In an arena without rocks, without firing. */
  lean: boolean;
  inputBytes: number;
  tickRateHz: number;
}

export type JoinAsBot = (plan: BotPlan, events: BotEvents) => Promise<Bot>;
