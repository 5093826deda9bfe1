import { sizeOf, type DeviceTensor, type Executable, type HostTensor } from "@leader/graph";

/** Values without a pattern that a backend could profit from. */
export const wave = (shape: readonly number[], scale = 0.7, seed = 0): HostTensor => ({
  shape,
  dtype: "float32",
  data: Float32Array.from({ length: sizeOf(shape) }, (_, i) => Math.sin((i + seed) * 12.9898) * scale),
});

/** Milliseconds of runs of a graph with one output, each with the reading of its result. The first run, which allocates memory, is not counted. */
export async function timedRuns(executable: Executable, inputs: readonly DeviceTensor[], runs: number): Promise<readonly number[]> {
  const milliseconds: number[] = [];
  for (let i = 0; i <= runs; i++) {
    const start = performance.now();
    const [output] = await executable.run(inputs);
    using result = output!;
    await result.read();
    if (i > 0) milliseconds.push(performance.now() - start);
  }
  return milliseconds;
}
