import { ArchiveError } from './archive-error.ts';
import type { ClassShape, FieldShape, StateShape } from './state-shape.ts';

export interface ShapeMatch {
  /** Whether classes have fields that they did not have. */
  readonly isExtended: boolean;
  /** By the index of a class as it was: the index of the class that it is now. */
  readonly classes: readonly number[];
}

/**
 * Which class of today each class of a kept state is. The same, or with fields added at the end: those have the defaults of
 * their class then. Fields are compared by place, name and type, classes by where they are used and by name.
 * @throws {ArchiveError} `other-schema`: it names the first class and field that is another
 */
export function matchShapes(was: readonly ClassShape[], { classes: is }: Pick<StateShape, 'classes'>): ShapeMatch {
  const found: number[] = [];
  let isExtended = false;

  const pair = (old: number, now: number): void => {
    if (found[old] === now) return;
    const before = was[old]!;
    const after = is[now]!;
    if (found[old] !== undefined || before.name !== after.name) throw other(`${before.name} is ${after.name} now`);
    found[old] = now;
    if (before.parent < 0 !== after.parent < 0) throw other(`${before.name} extends another class`);
    if (before.parent >= 0) pair(before.parent, after.parent);
    if (after.fields.length > before.fields.length) isExtended = true;
    before.fields.forEach((field, i) => pairFields(before, field, after.fields[i]));
    pairDerived(old, now);
  };

  const pairFields = (klass: ClassShape, before: FieldShape, after: FieldShape | undefined): void => {
    const where = `${klass.name}.${before.name}`;
    if (after === undefined) throw other(`${where} is gone`);
    if (before.name !== after.name) throw other(`${klass.name}.${after.name} stands where ${where} was`);
    const isSame = before.kind === after.kind && typeof before.of === typeof after.of;
    if (isSame && typeof before.of === 'number') return pair(before.of, after.of as number);
    if (!isSame || before.of !== after.of) throw other(`${where} was ${typed(before, was)} and is ${typed(after, is)}`);
  };

  const pairDerived = (old: number, now: number): void => {
    const taken = new Set<number>();
    was.forEach(({ name, parent }, child) => {
      if (parent !== old) return;
      const heir = is.findIndex((each, i) => each.parent === now && each.name === name && !taken.has(i));
      if (heir < 0) throw other(`${name}, which extends ${was[old]!.name}, is gone`);
      taken.add(heir);
      pair(child, heir);
    });
  };

  pair(0, 0);
  return { isExtended, classes: found };
}

function typed({ kind, of }: FieldShape, classes: readonly ClassShape[]): string {
  const type = typeof of === 'number' ? classes[of]!.name : of;
  return kind === 'value' || kind === 'ref' ? type : `${kind} of ${type}`;
}

const other = (what: string): ArchiveError => new ArchiveError('other-schema', `a state of other classes: ${what}`);
