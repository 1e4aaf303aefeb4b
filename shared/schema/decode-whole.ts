import { type DataChange, Decoder, type IRef, $refId, OPERATION, type Schema } from '@colyseus/schema';

type FieldsByIndex = Record<number, { name: string } | undefined>;
type Entries = { entries?(): Iterable<[number | string, unknown]> };

/**
 * `decoder.decodeResync` that takes the bytes at their word: Schema's own takes back entries of collections that a full
 * state does not name, but leaves fields as they were that were unset, or hidden from the client's view, in the meantime.
 * Within `withHeldChanges`.
 *
 * The bytes are decoded twice: to the state, and to one that is blank and shows by what it then has what they name.
 * Schema's decoder does not tell which fields it read, and a field that it read to be what it was makes no change. Full
 * states are rare; the second time costs as much as the first.
 * @param keeps whether a field that the bytes do not name is left as it is: it travels by another way
 */
export function decodeWhole(
  decoder: Decoder,
  bytes: Uint8Array,
  keeps: (refId: number, field: string) => boolean,
): void {
  decoder.decodeResync(bytes);
  const blank = new Decoder(
    (decoder.state as { constructor: typeof Schema }).constructor.initializeForDecoder(),
    decoder.context,
  );
  blank.decode(bytes);
  const changes: DataChange[] = [];
  for (const [refId, named] of blank.root.refs) {
    const fields = (named.constructor as typeof Schema)[Symbol.metadata] as FieldsByIndex | undefined;
    const known = decoder.root.refs.get(refId) as (IRef & Record<string, unknown>) | undefined;
    if (fields === undefined || known === undefined) continue;
    for (const index in fields) {
      const field = fields[index]!.name;
      const isNamed = (named as unknown as Record<string, unknown>)[field] !== undefined;
      if (!isNamed && known[field] !== undefined && !keeps(refId, field))
        takeBack(decoder, known, refId, field, changes);
    }
  }
  if (changes.length > 0) decoder.triggerChanges?.(changes);
}

function takeBack(
  decoder: Decoder,
  ref: IRef & Record<string, unknown>,
  refId: number,
  field: string,
  changes: DataChange[],
): void {
  const previousValue = ref[field] as (Entries & IRef) | undefined;
  const op = OPERATION.DELETE;
  changes.push({ ref, refId, op, field, value: undefined, previousValue });
  ref[field] = undefined;
  const previousId = previousValue?.[$refId];
  if (previousId === undefined) return;
  decoder.root.removeRef(previousId);
  for (const [key, entry] of previousValue!.entries?.() ?? []) {
    changes.push({
      ref: previousValue!,
      refId: previousId,
      op,
      dynamicIndex: key,
      value: undefined,
      previousValue: entry,
    });
  }
}
