import type { InputAccessor, InputAPI } from '@colyseus/core';

/** @param number of the input, as the room counts */
type Took<I> = (sessionId: string, input: I, number: number) => void;

/** The inputs of a room that takes them by `next` and `take`, each told to `took` as it is taken. */
export function countedInputs<I>(inputs: InputAPI<I>, took: Took<I>): InputAPI<I> {
  const counted = new WeakMap<InputAccessor<I>, InputAccessor<I>>();
  const get = (sessionId: string): InputAccessor<I> => {
    const accessor = inputs.get(sessionId);
    let own = counted.get(accessor);
    if (own === undefined)
      counted.set(accessor, (own = countedAccessor(accessor, (input, number) => took(sessionId, input, number))));
    return own;
  };
  return Object.create(inputs, { get: { value: get } }) as InputAPI<I>;
}

function countedAccessor<I>(accessor: InputAccessor<I>, took: (input: I, number: number) => void): InputAccessor<I> {
  return {
    get size() {
      return accessor.size;
    },
    get consumedCount() {
      return accessor.consumedCount;
    },
    get renderTime() {
      return accessor.renderTime;
    },
    next() {
      const input = accessor.next();
      if (input !== undefined) took(input, accessor.consumedCount);
      return input;
    },
    take(count: number) {
      const inputs = accessor.take(count);
      inputs.forEach((input, i) => took(input, accessor.consumedCount - inputs.length + 1 + i));
      return inputs;
    },
  } as InputAccessor<I>;
}
