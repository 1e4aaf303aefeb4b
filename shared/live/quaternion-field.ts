import type { QuaternionSpec } from './live-field-spec.ts';
import {
  dequantizeQuaternion,
  fineQuaternion,
  LARGEST,
  QUATERNION_INTS,
  type QuaternionGrid,
  quantizeQuaternion,
  quaternionGrid,
} from './quaternion.ts';

/** Four fields of one class, x to w, as one rotation. */
export class QuaternionField {
  readonly spec: QuaternionSpec;
  readonly kind = 'quaternion';
  readonly name: string;
  /** Of x; y, z and w follow. */
  readonly index: number;
  readonly width = 4;
  /** Least and greatest count of a kept component. */
  readonly min: number;
  readonly max: number;
  readonly grid: QuaternionGrid;
  readonly #ints = new Int32Array(QUATERNION_INTS);

  constructor(spec: QuaternionSpec) {
    this.spec = spec;
    this.name = spec.name;
    this.index = spec.index;
    this.grid = quaternionGrid(spec.precision);
    this.min = -this.grid.maxQuanta;
    this.max = this.grid.maxQuanta;
  }

  /** See `quantizeQuaternion`. */
  toQuanta(x: number, y: number, z: number, w: number, out: Int32Array): void {
    quantizeQuaternion(this.grid, x, y, z, w, out);
  }

  /** The canonical quaternion next to the given one, its components in 1/256 precisions, and the index of the derived one. */
  toFine(x: number, y: number, z: number, w: number, out: Int32Array): void {
    this.toQuanta(x, y, z, w, this.#ints);
    fineQuaternion(this.grid, this.#ints, out);
    out[4] = this.#ints[LARGEST]!;
  }

  /** The double that so many 1/256 precisions stand for. */
  fromFine(fine: number): number {
    return (fine * this.grid.numerator) / (this.grid.denominator * 256);
  }

  /** See `dequantizeQuaternion`. */
  fromQuanta(ints: Int32Array, out: Float64Array): void {
    dequantizeQuaternion(this.grid, ints, out);
  }

  /** Writes the canonical quaternion next to the given one. Snapping a snapped one changes nothing. */
  snap(x: number, y: number, z: number, w: number, out: Float64Array): void {
    this.toQuanta(x, y, z, w, this.#ints);
    this.fromQuanta(this.#ints, out);
  }
}
