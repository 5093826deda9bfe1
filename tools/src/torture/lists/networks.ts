import { trace } from "@leader/graph";
import { writeOnnx } from "@leader/graph/onnx";
import { HostileReader } from "../hostile-reader.js";
import { mutated, mutations, type Mutation } from "../mutation.js";
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

/** Networks whose bytes were changed. */
export function networks(): TortureList<Mutation> {
  const seeds = originals();
  const reader = new HostileReader();
  return {
    name: "networks",
    promise: "a mutated network is read, or refused with a code, in a process that neither crashes nor exceeds its limits",
    cases: { quick: 150, full: 10_000 },
    generator: mutations(seeds.length),
    check: (mutation) => reader.outcome("network", mutated(seeds, mutation)),
    close: () => reader.close(),
  };
}
