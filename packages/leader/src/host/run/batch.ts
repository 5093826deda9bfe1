import type { HostTensor } from "@leader/graph";
import type { RestoreResult, RestoreSeconds } from "../types.js";

/** The measurements of a batch, each as a batch of one. */
export function picturesOf(y: HostTensor): readonly [HostTensor, ...HostTensor[]] {
  const [count = 1, ...shape] = y.shape;
  if (count < 2) return [y];
  const size = y.data.length / count;
  const one = (i: number): HostTensor => ({ ...y, shape: [1, ...shape], data: y.data.slice(i * size, (i + 1) * size) });
  return [one(0), ...Array.from({ length: count - 1 }, (_, i) => one(i + 1))];
}

/** What came of a batch: images and steps in order, costs added up. */
export function joinedResults(results: readonly [RestoreResult, ...RestoreResult[]]): RestoreResult {
  const [first, ...rest] = results;
  if (rest.length === 0) return first;
  const size = first.image.data.length;
  const data = new Float32Array(size * results.length);
  for (const [i, { image }] of results.entries()) data.set(image.data, i * size);
  const last = results.find(({ outcome }) => outcome === "stopped") ?? first;
  return {
    ...first,
    image: { shape: [results.length, ...first.image.shape.slice(1)], dtype: "float32", data },
    outcome: last.outcome,
    reason: last.reason,
    evaluations: results.reduce((sum, { evaluations }) => sum + evaluations, 0),
    steps: results.flatMap(({ steps }) => steps),
    seconds: results.map(({ seconds }) => seconds).reduce(addSeconds),
    expectedMemoryMiB: Math.max(...results.map(({ expectedMemoryMiB }) => expectedMemoryMiB)),
    peakMemoryMiB: Math.max(...results.map(({ peakMemoryMiB }) => peakMemoryMiB)),
  };
}

/** What two restorations took together. */
export const addSeconds = (a: RestoreSeconds, b: RestoreSeconds): RestoreSeconds => ({
  load: a.load + b.load,
  compile: a.compile + b.compile,
  sampling: a.sampling + b.sampling,
  network: a.network + b.network,
  update: a.update + b.update,
});
