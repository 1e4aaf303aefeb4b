/** A pilot of any arena of the pool. */
export interface BestScore {
  name: string;
  /** As a ship's. */
  color: number;
  score: number;
}

/** Rows of the list. */
export const MOST_BEST_SCORES = 5;

const MAX_NAME_CHARS = 64;

/** Whether `value`, from another node or over the wire, is one. */
export function isBestScore(value: unknown): value is BestScore {
  const { name, color, score } = (value ?? {}) as Partial<BestScore>;
  if (typeof name !== 'string' || name.length > MAX_NAME_CHARS) return false;
  return Number.isInteger(color) && Number.isInteger(score) && score! >= 0 && color! >= 0;
}
