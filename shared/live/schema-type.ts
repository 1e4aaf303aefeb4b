import type { ScalarDeclaration } from './live-field-spec.ts';

/** The Schema types that live fields are declared with, for clients that speak plain Colyseus. */
export type ScalarType = 'boolean' | 'float32' | 'float64' | 'int8' | 'int16' | 'int32' | 'uint8' | 'uint16' | 'uint32';

const FLOAT32_QUANTA = 2 ** 24;

/** The smallest Schema type that carries every value of the field exactly. */
export function schemaTypeOf(declared: ScalarDeclaration): ScalarType {
  switch (declared.kind) {
    case 'int':
      return integerType(declared.min, declared.max);
    case 'fixed':
      return floatType(declared.precision, Math.max(Math.abs(declared.min), Math.abs(declared.max)));
    case 'angle': {
      const greatest = declared.turn - declared.turn / declared.steps;
      if (declared.turn % declared.steps === 0 && greatest < 2 ** 32) return integerType(0, greatest);
      return floatType(declared.turn / declared.steps, declared.steps);
    }
    case 'flag':
      return 'boolean';
  }
}

function integerType(min: number, max: number): ScalarType {
  if (min >= 0) return max < 2 ** 8 ? 'uint8' : max < 2 ** 16 ? 'uint16' : 'uint32';
  const far = Math.max(-min, max + 1);
  return far <= 2 ** 7 ? 'int8' : far <= 2 ** 15 ? 'int16' : 'int32';
}

function floatType(quantum: number, quanta: number): ScalarType {
  const isPowerOfTwo = 2 ** Math.round(Math.log2(quantum)) === quantum;
  return isPowerOfTwo && quanta <= FLOAT32_QUANTA ? 'float32' : 'float64';
}
