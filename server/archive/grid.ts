import type { LiveField } from '../../shared/live/live-field.ts';

/** Numbers that are whole counts of something: they travel as the difference of the counts. */
export interface Grid {
  /** The count next to any number. */
  toCount(value: number): number;
  fromCount(count: number): number;
  /** Whether the field may hold what is between the counts. */
  readonly isLoose: boolean;
}

/** Components of a rotation are counts as well, once they are canonical. */
export function gridOf(field: LiveField): Grid | undefined {
  switch (field.kind) {
    case 'flag':
      return undefined;
    case 'quaternion': {
      const unit = field.fromFine(1);
      return {
        toCount: (value) => Math.round(value / unit),
        fromCount: (count) => field.fromFine(count),
        isLoose: true, // until it is settled
      };
    }
    default:
      return {
        toCount: (value) => field.toQuanta(value),
        fromCount: (count) => field.fromQuanta(count),
        isLoose: false,
      };
  }
}

/** The count of what the grid has exactly; undefined for anything else. */
export function countOn(grid: Grid, value: unknown): number | undefined {
  if (typeof value !== 'number') return undefined;
  const count = grid.toCount(value);
  return grid.fromCount(count) === value ? count : undefined;
}
