import { extents, type HostTensor } from "@leader/graph";
import type { SamplerRun } from "@leader/core";
import type { RecordedFrame, RecordOptions } from "../types.js";

const defaults = { frames: 12, side: 256 } as const;

type Values = ReadonlyMap<string, HostTensor>;

/**
 * Keeps the predictions of some steps, spread evenly over a run whose length nobody knows beforehand: whenever the store is
 * full, every second one is let go. The first and the last step are always among them, and memory stays bounded.
 */
export class FrameRecorder {
  readonly #most: number;
  readonly #side: number;
  #kept: readonly RecordedFrame[] = [];
  #every = 1;
  #last: { readonly step: number; readonly values: Values } | undefined;

  constructor({ frames = defaults.frames, side = defaults.side }: RecordOptions) {
    this.#most = Math.max(2, frames);
    this.#side = Math.max(1, side);
  }

  /** What the sampler shows after each step. */
  readonly inspect: NonNullable<SamplerRun["inspect"]> = {
    names: ["prior.x0", "prior.uncertainty"],
    see: (step, values) => {
      this.#last = { step, values };
      if (step % this.#every !== 0) return;
      this.#kept = [...this.#kept, frameOf(step, values, this.#side)];
      // One place stays free for the last step.
      while (this.#kept.length >= this.#most) {
        this.#every *= 2;
        this.#kept = this.#kept.filter((frame) => frame.step % this.#every === 0);
      }
    },
  };

  /** The frames, in the order of the steps. */
  frames(): readonly RecordedFrame[] {
    const last = this.#last;
    if (last === undefined || this.#kept.at(-1)?.step === last.step) return this.#kept;
    return [...this.#kept, frameOf(last.step, last.values, this.#side)];
  }
}

function frameOf(step: number, values: Values, side: number): RecordedFrame {
  const x0 = values.get("prior.x0")!;
  const variance = values.get("prior.uncertainty");
  const [height, width] = extents(x0.shape.slice(-2), 2);
  const stride = Math.ceil(Math.max(height, width) / side);
  return {
    step,
    stride,
    preview: reduced(x0, stride, meanOf),
    x0: reduced(x0, stride, cornerOf),
    // An estimator may give one number for the whole image: it has no pixels to choose from.
    ...(variance === undefined ? {} : { variance: reduced(variance, variance.shape.at(-1) === width ? stride : 1, cornerOf) }),
  };
}

type Cell = (data: HostTensor["data"], start: number, rows: number, columns: number, width: number) => number;

const cornerOf: Cell = (data, start) => data[start]!;

const meanOf: Cell = (data, start, rows, columns, width) => {
  let sum = 0;
  for (let i = 0; i < rows; i++) for (let j = 0; j < columns; j++) sum += data[start + i * width + j]!;
  return sum / (rows * columns);
};

/** The first image of [N,C,H,W], one value per cell of `stride` x `stride` pixels. */
function reduced(tensor: HostTensor, stride: number, cell: Cell): HostTensor {
  const [channels, height, width] = extents([1, 1, 1, ...tensor.shape].slice(-3), 3);
  const [rows, columns] = [Math.ceil(height / stride), Math.ceil(width / stride)];
  const data = new Float32Array(channels * rows * columns);
  for (let c = 0; c < channels; c++) {
    for (let i = 0; i < rows; i++) {
      for (let j = 0; j < columns; j++) {
        const [y, x] = [i * stride, j * stride];
        const start = (c * height + y) * width + x;
        data[(c * rows + i) * columns + j] = cell(tensor.data, start, Math.min(stride, height - y), Math.min(stride, width - x), width);
      }
    }
  }
  return { shape: [1, channels, rows, columns], dtype: "float32", data };
}
