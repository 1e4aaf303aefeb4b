import type { Encoder } from '@colyseus/schema';
import { liveLayoutOf } from '../../shared/live/live-layout.ts';
import { type DeclaredField, declaredFields, type SchemaClass } from '../../shared/live/schema-internals.ts';

/** Fields of a state that do not go together with live fields, as "State.rocks". */
export interface Misfits {
  /** Streams whose elements hold live fields: their clients need views. */
  readonly streams: readonly string[];
  /** Unreliable fields that are not live: nothing carries their changes to framed clients. */
  readonly unreliable: readonly string[];
}

export function misfitsIn({ context }: Encoder): Misfits {
  const streams: string[] = [];
  const unreliable: string[] = [];
  for (const klass of context.schemas.keys()) {
    const layout = liveLayoutOf(klass);
    for (const { name, index, holds, isUnreliable, isStream } of declaredFields(klass)) {
      const where = `${klass.name}.${name}`;
      if (isStream && holds !== undefined && holdsLive(holds, new Set())) streams.push(where);
      if (isUnreliable && layout?.byIndex[index] === undefined) unreliable.push(where);
    }
  }
  return { streams, unreliable };
}

function holdsLive(klass: SchemaClass, seen: Set<SchemaClass>): boolean {
  if (seen.has(klass)) return false;
  seen.add(klass);
  if ((liveLayoutOf(klass)?.fields.length ?? 0) > 0) return true;
  return declaredFields(klass).some(({ holds }: DeclaredField) => holds !== undefined && holdsLive(holds, seen));
}
