import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { optimize, trace, type Graph, type HostTensor, type Tensor } from "@leader/graph";
import { interpret } from "@leader/graph/reference";
import { readOnnx } from "@leader/graph/onnx";
import { randomTensor } from "@leader/graph/testing";
import { loadDevice } from "../device/load.js";
import { createTfjsBackend } from "../index.js";
import { makePlan, type Plan } from "./plan.js";

const device = await loadDevice("wasm");

/** The plan of a graph; its constants are disposed again. */
function planOf(graph: Graph): Plan {
  device.activate();
  const { tf, traits } = device;
  const made: { dispose(): void }[] = [];
  const plan = makePlan(graph, {
    tf,
    traits,
    constant: (value) => {
      const tensor = tf.tensor(value.data, [...value.shape], value.dtype);
      made.push(tensor);
      return tensor;
    },
  });
  for (const tensor of made) tensor.dispose();
  return plan;
}

const rearranged = (graph: Graph): readonly string[] =>
  planOf(graph).steps.flatMap(({ rearranges, node }) => (rearranges ? [node.op] : []));

async function expectAsInterpreted(graph: Graph, inputs: readonly HostTensor[]): Promise<void> {
  const backend = await createTfjsBackend({ prefer: ["wasm"] }, { warn: () => undefined });
  const executable = await backend.compile(graph);
  const uploaded = await Promise.all(inputs.map((input) => backend.upload(input)));
  const outputs = await executable.run(uploaded);
  for (const [i, expected] of interpret(graph, inputs).entries()) {
    const actual = await outputs[i]!.read();
    expect(actual.shape).toEqual(expected.shape);
    const differences = Array.from(expected.data, (value, at) => Math.abs(value - actual.data[at]!));
    expect(Math.max(...differences) / Math.max(...Array.from(expected.data, Math.abs))).toBeLessThan(1e-5);
  }
  for (const tensor of [...uploaded, ...outputs]) tensor[Symbol.dispose]();
  await backend[Symbol.asyncDispose]();
}

const image = randomTensor([2, 4, 6, 6]);
const kernel = randomTensor([4, 4, 3, 3], 1);
const convolved = (x: Tensor): Tensor => x.conv(x.trace.constant(kernel), { pads: [1, 1, 1, 1] });
const check = async (body: (x: Tensor) => Tensor | Tensor[], inputs: readonly HostTensor[] = [image]): Promise<readonly string[]> => {
  const graph = trace((x) => body(x), inputs);
  await expectAsInterpreted(graph, inputs);
  return rearranged(graph);
};

describe("layout of images between convolutions", () => {
  it("changes at the borders only", async () => {
    const moved = await check((x) => {
      const bias = x.trace.constant(randomTensor([4, 1, 1], 2));
      const y = convolved(convolved(x).add(bias).sigmoid().mul(0.5));
      return convolved(y.pad([0, 0, 1, 0, 0, 0, 0, 1], "edge").slice([0, 0, 1, 0], [2, 4, 7, 6]).concat([y], 1).sliceAxis(1, 2, 6));
    });
    // The second: the result goes out in the order of the graph.
    expect(moved).toEqual(["Conv", "Conv"]);
  });

  it("keeps group normalisation, instance normalisation and reductions inside", async () => {
    const moved = await check((x) => {
      const normal = convolved(x).reshape([2, 2, 72]).standardize(2, 1e-5).reshape(x.shape);
      const scaled = normal
        .mul(normal.mean([2, 3], { keepDims: true }))
        .standardize(2, 1e-5)
        .softmax(1);
      return convolved(scaled.add(scaled.cumsum(1)).add(scaled.max([1], { keepDims: true })));
    });
    expect(moved).toHaveLength(2);
  });

  it("takes tokens for attention without moving them", async () => {
    const moved = await check((x) => {
      const tokens = convolved(x).reshape([2, 4, 36]).transpose([0, 2, 1]);
      const mixed = tokens.matmul(x.trace.constant(randomTensor([4, 4], 3)));
      return convolved(mixed.transpose([0, 2, 1]).reshape(x.shape));
    });
    expect(moved).toHaveLength(2);
  });

  it("drops axes where the order of the others allows it", async () => {
    const moved = await check((x) => {
      const y = convolved(x);
      return [y.sum([1]), y.sum([2, 3]), y.sum([3]), y.mean([0, 2])];
    });
    // Into the convolution, and out of it where rows remain.
    expect(moved).toEqual(["Conv", "ReduceSum"]);
  });

  it("broadcasts operands of lower rank, and images that were not convolved", async () => {
    const cube = randomTensor([4, 4, 4, 4]);
    await check(
      (x) => {
        const y = convolved(x);
        const chosen = y.greater(x.mean()).where(y, x.sum([0], { keepDims: true }));
        return [y.add(x), y.mul(x.sum([0, 1])), y.sub(x.sum([0])), chosen, y.sum([3]).add(y)];
      },
      [cube],
    );
  });

  it("convolves weights that are computed", async () => {
    await check((x) => x.conv(x.slice([0, 0, 0, 0], [2, 4, 3, 3]).mul(0.1)));
  });
});

describe("the embedded prior", () => {
  const file = readFileSync(new URL("../../../../priors/photo/prior.onnx", import.meta.url));

  it("is rearranged at its two ends only, and computes what the interpreter computes", { timeout: 120_000 }, async () => {
    const graph = optimize(readOnnx(file, { inputShapes: { x: [1, 3, 16, 16], alpha_bar: [1] } }).graph);
    expect(rearranged(graph)).toHaveLength(2);
    await expectAsInterpreted(graph, [randomTensor([1, 3, 16, 16]), { shape: [1], dtype: "float32", data: Float32Array.of(0.5) }]);
  });
});

describe("memory", () => {
  it("returns every tensor of a run that fails", async () => {
    const { tf } = device;
    const backend = await createTfjsBackend({ prefer: ["cpu"] }, { warn: () => undefined });
    const before = tf.memory().numTensors;
    const graph = trace(
      (x, i) => x.exp().gather(i, 0),
      [
        { shape: [3], dtype: "float32" },
        { shape: [1], dtype: "int32" },
      ],
    );
    const scoped = { ...graph, nodes: graph.nodes.map((node) => ({ ...node, scope: "operator/inpainting" })) };
    const executable = await backend.compile(scoped);
    const inputs = [
      await backend.upload({ shape: [3], dtype: "float32", data: Float32Array.of(1, 2, 3) }),
      await backend.upload({ shape: [1], dtype: "int32", data: Int32Array.of(99) }),
    ];
    await expect(executable.run(inputs)).rejects.toMatchObject({
      code: "LEADER_TFJS_RUN_FAILED",
      stage: "operator/inpainting",
      message: expect.stringContaining("Gather") as string,
    });
    for (const input of inputs) input[Symbol.dispose]();
    await backend[Symbol.asyncDispose]();
    expect(tf.memory().numTensors).toBe(before);
  });

  it("uploads a network once however many backends and graphs call it", async () => {
    const { tf } = device;
    const body = trace((x) => x.matmul(x.trace.constant(randomTensor([8, 8], 5))), [{ shape: [2, 8], dtype: "float32" }]);
    const calling = (factor: number): Graph =>
      trace(
        (x) => x.trace.emit("Function", [x.mul(factor)], { name: "network", body, evaluations: 1 }),
        [{ shape: [2, 8], dtype: "float32" }],
      );
    const [one, other] = [
      await createTfjsBackend({ prefer: ["wasm"] }, { warn: () => undefined }),
      await createTfjsBackend({ prefer: ["wasm"] }, { warn: () => undefined }),
    ];
    const before = tf.memory().numTensors;
    await one.compile(calling(2));
    const single = tf.memory().numTensors - before;
    await other.compile(calling(3));
    // The factor is new, the network is not.
    expect(tf.memory().numTensors - before).toBe(single + 1);
    await one[Symbol.asyncDispose]();
    await other[Symbol.asyncDispose]();
    expect(tf.memory().numTensors).toBe(before);
  });
});
