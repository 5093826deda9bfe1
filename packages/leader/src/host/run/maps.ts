import { optimize, trace, type Aval, type HostTensor, type Tensor } from "@leader/graph";
import { interpret } from "@leader/graph/reference";
import type { Composition } from "../compose/compose.js";

/** Applies a map to values of the types that it was made for. */
export type AppliedMap = (inputs: readonly HostTensor[]) => Promise<HostTensor>;

/**
 * Makes a map for inputs of the types of these, and lets it be used: on the backend of the pipeline, or in the interpreter where that lacks
 * an operation.
 */
export async function withMap<T>(
  composition: Composition,
  f: (inputs: readonly Tensor[]) => Tensor,
  likes: readonly Aval[],
  use: (map: AppliedMap) => Promise<T>,
): Promise<T> {
  const avals = likes.map(({ shape, dtype }) => ({ shape, dtype }));
  const graph = optimize(trace((...inputs) => f(inputs), avals));
  if (graph.nodes.length === 0) return await use(async ([x]) => Promise.resolve({ ...x!, data: x!.data.slice() }));
  await composition.make(["backend"]);
  const backend = await composition.get("backend");
  if (backend.unsupported(graph).length > 0) return await use(async (inputs) => Promise.resolve(interpret(graph, inputs)[0]!));
  await using executable = await backend.compile(graph);
  return await use(async (inputs) => {
    const uploaded = await Promise.all(inputs.map((input) => backend.upload(input)));
    try {
      const [output] = await executable.run(uploaded);
      using result = output!;
      return await result.read();
    } finally {
      for (const input of uploaded) input[Symbol.dispose]();
    }
  });
}

/** Applies a map of one value once. */
export async function applyMap(composition: Composition, f: (x: Tensor) => Tensor, x: HostTensor): Promise<HostTensor> {
  return await withMap(
    composition,
    ([input]) => f(input!),
    [x],
    (map) => map([x]),
  );
}
