/** What a process of `bench:networks` is to measure. */
export interface Job {
  readonly kind: "raw" | "leader";
  /** An ONNX file, or a checkpoint. */
  readonly path: string;
  readonly baseline: "ddpm" | "dps";
  /** Sides of the pictures, one after the other. */
  readonly sizes: readonly number[];
  /** Evaluations, or steps of a restoration. */
  readonly evaluations: number;
  readonly threads: number;
}

/** Processor time in seconds, memory in MiB. */
export interface Measured {
  /** Loading and compiling. */
  readonly load: number;
  readonly steps: readonly number[];
  readonly peak: number;
  /** Resident after every picture. */
  readonly resident: readonly number[];
}
