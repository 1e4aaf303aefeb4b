import { type BuilderDefinition, FieldBuilder } from '@colyseus/schema';

interface BuilderInternals {
  toDefinition(): BuilderDefinition;
}

/** What was declared with a builder; `toDefinition` is private to types only. */
export function definitionOf(builder: FieldBuilder): BuilderDefinition {
  return (FieldBuilder.prototype as unknown as BuilderInternals).toDefinition.call(builder);
}

/** Makes schema(), which asks a builder for its definition, throw `message` when it meets this one. */
export function refuseInSchema(builder: object, message: string): void {
  (builder as BuilderInternals).toDefinition = () => {
    throw new TypeError(message);
  };
}
