import type { Encoder } from '@colyseus/schema';
import { liveLayoutOf } from '../../shared/live/live-layout.ts';
import { declaredFields, type SchemaClass } from '../../shared/schema/declared-class.ts';

/**
 * Refuses what does not go together with live fields in one state, wherever in it: a room says so when it is created,
 * and not by clients that lack something later.
 * @throws {TypeError} it names each such field, as "State.rocks", and what to write instead
 */
export function refuseMisfits({ context }: Encoder): void {
  const classes = [...context.schemas.keys()];
  const misfits: string[] = [];
  for (const klass of classes) {
    const layout = liveLayoutOf(klass);
    for (const { name, index, holds, isUnreliable, isStream } of declaredFields(klass)) {
      const where = `${nameOf(klass)}.${name}`;
      // Schema sends no unreliable field of an element when it sends the element itself.
      if (isStream && holds !== undefined && holdsLive(holds, classes, new Set()))
        misfits.push(`${where} streams instances with live fields: declare it as t.map(${nameOf(holds)}).view()`);
      // Schema's unreliable channel is how live fields are known to have changed: clients over frames have none besides.
      if (isUnreliable && layout?.byIndex[index] === undefined)
        misfits.push(`${where} is unreliable and not live: make it a field of live(), or leave out .unreliable()`);
    }
  }
  if (misfits.length > 0) throw new TypeError(misfits.join('; '));
}

/** Also by way of a class that is derived from the one that is declared. */
function holdsLive(klass: SchemaClass, classes: readonly SchemaClass[], seen: Set<SchemaClass>): boolean {
  if (seen.has(klass)) return false;
  seen.add(klass);
  if ((liveLayoutOf(klass)?.fields.length ?? 0) > 0) return true;
  const parts = declaredFields(klass).flatMap(({ holds }) => holds ?? []);
  const derived = classes.filter(({ prototype }) => klass.prototype.isPrototypeOf(prototype));
  return [...parts, ...derived].some((other) => holdsLive(other, classes, seen));
}

const nameOf = (klass: SchemaClass): string => (klass as unknown as { name: string }).name;
