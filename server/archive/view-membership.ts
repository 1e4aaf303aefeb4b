import { type ChangeTree, type Encoder, StateView } from '@colyseus/schema';
import { ArchiveReader, ArchiveWriter, badBytes } from './archive-bytes.ts';
import { bindView, isBound, refIdOf, subscribeView, tagsOf, treeOf, treesOf } from './schema-storage.ts';

/** More than there are bits for tags. */
const MOST_TAGS = 32;

const out = new ArchiveWriter();

/**
 * What a view sees: varints. 1 for an iterable view, else 0; then lists of refIds: those that are visible, those that are
 * subscribed to, the items of an iterable one; then the count of tags, and of each the tag and the list of those that it is
 * seen with. A list is its count, and its refIds; the rising ones of the trees as the difference to the one before.
 */
export function writeView(view: StateView, encoder: Encoder): Uint8Array {
  const visible: number[] = [];
  const subscribed: number[] = [];
  const tagged = new Map<number, number[]>();
  if (isBound(view, encoder)) {
    const trees = treesOf(encoder);
    for (const key in trees) {
      const tree = trees[key]!;
      const refId = Number(key);
      if (view.isVisible(tree)) visible.push(refId);
      if (view.isSubscribed(tree)) subscribed.push(refId);
      for (const tag of tagsOf(tree)) {
        if (!view.hasTagOnTree(tree, tag)) continue;
        const having = tagged.get(tag);
        if (having === undefined) tagged.set(tag, [refId]);
        else having.push(refId);
      }
    }
  }
  out.offset = 0;
  out.varint(view.iterable ? 1 : 0);
  writeRising(visible);
  writeRising(subscribed);
  const items = (view.items ?? []).filter((item) => treeOf(item).root !== undefined).map((item) => refIdOf(item)!);
  out.varint(items.length);
  for (const refId of items) out.varint(refId);
  out.varint(tagged.size);
  for (const [tag, refIds] of tagged) {
    out.varint(tag >>> 0);
    writeRising(refIds);
  }
  return out.take();
}

function writeRising(refIds: readonly number[]): void {
  out.varint(refIds.length);
  let last = 0;
  for (const refId of refIds) {
    out.varint(refId - last);
    last = refId;
  }
}

/**
 * A view that sees the same of a state that was made anew; what is there no more is left out. Call it when the state has its
 * encoder, and before a client gets the view.
 * @throws {ArchiveError} `bad-bytes`
 */
export function readView(bytes: Uint8Array, encoder: Encoder): StateView {
  const from = new ArchiveReader(bytes);
  const iterable = from.varint();
  if (iterable > 1) throw badBytes('a view');
  const visible = readRising(from);
  const subscribed = readRising(from);
  const items = Array.from({ length: from.count() }, () => from.varint());
  const tags = from.count();
  if (tags > MOST_TAGS) throw badBytes(`${tags} tags`);
  const tagged = Array.from({ length: tags }, () => {
    const tag = from.mask();
    if (tag === 0) throw badBytes('a tag');
    return { tag, refIds: readRising(from) };
  });
  from.finish();

  const view = new StateView(iterable === 1);
  const trees = treesOf(encoder);
  const forEach = (refIds: readonly number[], does: (tree: ChangeTree) => void): void => {
    for (const refId of refIds) if (trees[refId] !== undefined) does(trees[refId]);
  };
  bindView(view, encoder);
  forEach(visible, (tree) => view.markVisible(tree));
  forEach(subscribed, (tree) => subscribeView(view, tree));
  forEach(items, (tree) => void view.items?.push(tree.ref));
  for (const { tag, refIds } of tagged) forEach(refIds, (tree) => view.addTag(tree, tag));
  return view;
}

function readRising(from: ArchiveReader): number[] {
  let last = 0;
  return Array.from({ length: from.count() }, () => (last += from.varint()));
}
