interface Host {
  process?: { versions?: { node?: string } };
}

/** Whether code may be made of text here. Pages forbid it by their content security policy, and say so in the log. */
const mayMakeCode = (globalThis as Host).process?.versions?.node !== undefined;

/**
 * The same factory, with compiled code of its own for what it makes.
 *
 * An engine notes what a function has seen (V8: a feedback vector) once for all closures that a piece of text makes. An
 * accessor made so for field after field of class after class sees every class there is, and each access is then a
 * look-up in a table (megamorphic) where it could be a load: a game's step takes half as long with code for each field.
 *
 * @param factory uses nothing but its parameters and what is global; anything else ends in a ReferenceError
 * @returns where code cannot be made (in a browser, or where Node forbids it), `factory` itself
 */
export function withOwnCode<F extends (...parameters: never[]) => unknown>(factory: F): F {
  if (!mayMakeCode) return factory;
  try {
    // Only text of this program becomes code, never anything that came from outside.
    return (new Function(`'use strict'; return ${factory.toString()}`) as () => F)();
  } catch {
    return factory; // --disallow-code-generation-from-strings
  }
}
