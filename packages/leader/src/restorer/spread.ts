import { float32Array, sizeOf, type HostTensor } from "@leader/graph";
import { errors } from "../error-codes.js";

/** What several restorations of one measurement have in common, and where they differ. */
export interface Spread {
  readonly samples: number;
  /** The mean of the samples, the estimate of least squared error that they give; shape and units of a sample. */
  readonly mean: HostTensor;
  /**
   * Standard deviation of each value over the samples, with n - 1 in its denominator; shape and units of a sample: for images in [0,1]
   * it is half of this.
   */
  readonly deviation: HostTensor;
}

/**
 * Adds up samples one by one, so that they need not be in memory together (Welford, Technometrics 4 (1962), 419-420). Sums are kept
 * in double precision: the order of the samples shows in no bit of a result of float32 that matters.
 */
export class SpreadMeter {
  #count = 0;
  #shape: readonly number[] = [];
  #mean = new Float64Array(0);
  #squares = new Float64Array(0);

  /** Bytes that the meter takes for samples of a shape, with the spread that it makes in the end. */
  static bytesFor(shape: readonly number[]): number {
    return 24 * sizeOf(shape);
  }

  /** @param sample [1,C,H,W], of the same shape each time. Errors: `SAMPLES_UNLIKE`. */
  add({ shape, data }: HostTensor): void {
    if (this.#count === 0) {
      this.#shape = shape;
      this.#mean = new Float64Array(data.length);
      this.#squares = new Float64Array(data.length);
    } else if (shape.join() !== this.#shape.join()) throw errors.SAMPLES_UNLIKE({ first: this.#shape, other: shape });
    const n = ++this.#count;
    const [mean, squares] = [this.#mean, this.#squares];
    // Not by `entries`: of a large picture these are a hundred million calls.
    for (let i = 0; i < data.length; i++) {
      const before = data[i]! - mean[i]!;
      mean[i]! += before / n;
      squares[i]! += before * (data[i]! - mean[i]!);
    }
  }

  /** The spread; its sums are let go, so that the meter begins anew. Errors: `SAMPLES_FEW` with fewer than two. */
  finish(): Spread {
    const [n, sums, squares] = [this.#count, this.#mean, this.#squares];
    if (n < 2) throw errors.SAMPLES_FEW({ count: n });
    this.#count = 0;
    [this.#mean, this.#squares] = [new Float64Array(0), new Float64Array(0)];
    const tensor = (value: (i: number) => number): HostTensor => ({
      shape: this.#shape,
      dtype: "float32",
      data: float32Array(sums.length, value),
    });
    return { samples: n, mean: tensor((i) => sums[i]!), deviation: tensor((i) => Math.sqrt(squares[i]! / (n - 1))) };
  }
}
