import type { LiveField } from './live-field.ts';
import { type LiveLayout, layoutOf, liveLayoutOf, setLiveLayout } from './live-layout.ts';
import { markUnreliable, type SchemaClass } from '../schema/declared-class.ts';
import { allowOmission } from '../schema/omission.ts';

/** Makes `fields` of a class live. Before its first instance exists. */
export function makeLive(klass: SchemaClass, fields: readonly LiveField[]): void {
  const inherited = liveLayoutOf(Object.getPrototypeOf(klass) as object);
  const layout = layoutOf([...(inherited?.fields ?? []), ...fields]);
  if (layout.fields.length === 0) return;
  for (const index of indexesOf(layoutOf(fields))) markUnreliable(klass, index);
  allowOmission(klass, indexesOf(layout));
  setLiveLayout(klass, layout);
}

const indexesOf = ({ byIndex }: LiveLayout): number[] =>
  byIndex.flatMap((field, index) => (field === undefined ? [] : [index]));
