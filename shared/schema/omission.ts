import { $encoder, type EncodeDescriptor, type Encoder, getEncodeDescriptor, type Root } from '@colyseus/schema';
import { internalsOf, type SchemaClass } from './declared-class.ts';
import { type Tree, treeOf } from './tracked.ts';

const $omits = Symbol('velarium.omits');
type Omits = (instance: object) => boolean;
type OmittingRoot = Root & { [$omits]?: Omits | undefined };
type OmittingTree = Tree & { root?: OmittingRoot };

/**
 * While `omits` is set and says so of an instance, encodings leave out the instance's live fields: all four of encode,
 * encodeView, encodeAll and encodeAllView, and encodeUnreliable too. Unset it for clients that speak plain Colyseus.
 */
export function setOmission(encoder: Encoder, omits: Omits | undefined): void {
  (encoder.root as OmittingRoot)[$omits] = omits;
}

/**
 * Prepares a class for `setOmission`. Its descriptor, made here in place of by the first instance, gets a filter that is
 * asked for each field before any byte of the instance is written; views and streams do not ask it, so the class's
 * `$encoder` looks as well, which classes derived from this one inherit.
 */
export function allowOmission(klass: SchemaClass, indexes: readonly number[]): void {
  const isLive: boolean[] = [];
  for (const index of indexes) isLive[index] = true;
  const internals = internalsOf(klass);
  const encode = internals[$encoder];
  internals[$encoder] = (encoder, bytes, tree, index, operation, it, isEncodeAll, hasView, metadata) => {
    if (isLive[index] === true && (encoder.root as OmittingRoot)[$omits]?.(tree.ref as object) === true) return;
    encode(encoder, bytes, tree, index, operation, it, isEncodeAll, hasView, metadata);
  };
  const descriptor: EncodeDescriptor = getEncodeDescriptor(klass.prototype);
  const { filter } = descriptor;
  descriptor.filter = (instance: object, index, view) =>
    !(isLive[index] === true && (treeOf(instance) as OmittingTree).root?.[$omits]?.(instance) === true) &&
    (filter === undefined || filter(instance, index, view));
}
