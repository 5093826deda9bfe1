import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { trace } from "@leader/graph";
import { writeOnnx } from "@leader/graph/onnx";
import { HostileReader } from "../hostile-reader.js";
import { mutated, mutations, type Mutation } from "../mutation.js";
import { changedNetwork, networkMutations, type NetworkMutation } from "../network-mutation.js";
import type { TortureList } from "../torture-list.js";

const image = { shape: [1, 3, 8, 8], dtype: "float32" } as const;
const values = (shape: readonly number[]) => ({
  shape,
  dtype: "float32" as const,
  data: Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => Math.sin(i)),
});

/** Small networks of the kinds of nodes that networks are made of. */
function originals(): readonly Uint8Array[] {
  const graphs = [
    trace(
      (x) =>
        x
          .conv(x.trace.constant(values([3, 3, 3, 3])), { pads: [1, 1, 1, 1] })
          .sigmoid()
          .mul(x),
      [image],
      ["x"],
    ),
    trace(
      (x) =>
        x
          .reshape([3, 64])
          .matmul(x.trace.constant(values([64, 64])))
          .softmax(1)
          .reshape([1, 3, 8, 8]),
      [image],
      ["x"],
    ),
    trace((x) => x.transpose([0, 1, 3, 2]).pad([0, 0, 1, 1, 0, 0, 1, 1], "reflect").slice([0, 0, 1, 1], [1, 3, 9, 9]), [image], ["x"]),
  ];
  return graphs.map((graph) => writeOnnx(graph, { name: "original", outputNames: ["y"] }).model);
}

type Mutant = { readonly bytes: Mutation } | { readonly meaning: NetworkMutation };

/** Networks of which bytes, edges, operations, sizes or weights were changed, each as the prior of a restoration. */
export async function networks(): Promise<TortureList<Mutant>> {
  const seeds = originals();
  const folder = await mkdtemp(join(tmpdir(), "leader-torture-"));
  const path = join(folder, "mutant.onnx");
  const reader = new HostileReader();
  return {
    name: "networks",
    promise:
      "a mutated network restores to finite numbers, or is refused with a code, in a process that neither crashes nor exceeds its limits",
    cases: { quick: 100, full: 10_000 },
    generator: fc.oneof(
      mutations(seeds.length).map((bytes) => ({ bytes })),
      networkMutations(seeds.length).map((meaning) => ({ meaning })),
    ),
    async check(mutant) {
      await writeFile(path, "bytes" in mutant ? mutated(seeds, mutant.bytes) : changedNetwork(seeds, mutant.meaning));
      const outcome = await reader.outcome("prior", path);
      return outcome === "read" ? "restored" : outcome;
    },
    async close() {
      await reader.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
