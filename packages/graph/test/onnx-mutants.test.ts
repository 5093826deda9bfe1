import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { isLeaderError } from "../src/errors.js";
import { verify } from "../src/ir/verify.js";
import { decodeModel, encodeModel, readOnnx } from "../src/onnx/index.js";
import { philox } from "../src/random/philox.js";
import { floats, ints, model, node, value } from "./onnx-model.js";

/** A network with most kinds of operands: weights, shapes as constants, several inputs of a node. */
const seed = model({
  inputs: [value("x", [1, 4, 6, 6])],
  outputs: [value("y", [1, 4, 6, 6])],
  weights: [
    floats(
      "w",
      [4, 4, 3, 3],
      Array.from({ length: 144 }, (_, i) => Math.sin(i)),
    ),
    floats("ones", [2], [1, 1]),
    floats("zeros", [2], [0, 0]),
    ints("groups", [3], [0, 2, -1]),
    ints("sizes", [4], [1, 4, 6, 6]),
    floats("scales", [4], [1, 1, 2, 2]),
  ],
  nodes: [
    node("Conv", ["x", "w"], ["c"], { pads: [1, 1, 1, 1] }),
    node("Reshape", ["c", "groups"], ["g"]),
    node("InstanceNormalization", ["g", "ones", "zeros"], ["n"]),
    node("Reshape", ["n", "sizes"], ["r"]),
    node("Sigmoid", ["r"], ["s"]),
    node("Mul", ["r", "s"], ["silu"]),
    node("Resize", ["silu", "", "scales"], ["up"], { mode: "nearest" }),
    node("AveragePool", ["up"], ["down"], { kernel_shape: [2, 2], strides: [2, 2] }),
    node("Split", ["down"], ["a", "b"], { axis: 1 }),
    node("Concat", ["b", "a"], ["cat"], { axis: 1 }),
    node("Softmax", ["cat"], ["p"], { axis: 1 }),
    node("Add", ["p", "x"], ["y"]),
  ],
});

/** Whole numbers from a counter, so that a failing mutant can be made again from its number. */
function numbers(mutant: number): (below: number) => number {
  let draw = 0;
  return (below) => {
    const [word] = philox([20261123, 0], [mutant, draw++, 0, 0]);
    return (word! >>> 0) % below;
  };
}

function mutateBytes(bytes: Uint8Array, mutant: number): Uint8Array {
  const random = numbers(mutant);
  const copy = Uint8Array.from(bytes);
  for (let i = 0, n = 1 + random(4); i < n; i++) copy[random(copy.length)] = random(256);
  return random(5) === 0 ? copy.slice(0, random(copy.length)) : copy;
}

/** Wrong wiring, numbers and operations inside a well-formed file. */
function mutateStructure(bytes: Uint8Array, mutant: number): Uint8Array {
  const random = numbers(mutant);
  const proto = decodeModel(bytes, "seed");
  const { node: nodes, initializer: weights } = proto.graph!;
  const names = [...weights.map((w) => w.name), ...nodes.flatMap((n) => n.output), "x", ""];
  const extremes = [0n, -1n, 1n, 2n ** 31n, 2n ** 62n, -(2n ** 63n), 7n];
  const at = nodes[random(nodes.length)]!;
  const changes: readonly (() => void)[] = [
    () => (at.input[random(at.input.length)] = names[random(names.length)]!),
    () => (at.opType = nodes[random(nodes.length)]!.opType),
    () => nodes.splice(random(nodes.length), 1),
    () => nodes.splice(random(nodes.length), 0, at),
    () => at.attribute.forEach((a) => (a.ints = a.ints.map(() => extremes[random(extremes.length)]!))),
    () => at.attribute.forEach((a) => (a.i = extremes[random(extremes.length)]!)),
    () => at.attribute.splice(0),
    () => weights.forEach((w) => w.int64Data.length > 0 && (w.int64Data[random(w.int64Data.length)] = extremes[random(extremes.length)]!)),
    () => weights.forEach((w) => (w.dims[0] = extremes[random(extremes.length)]!)),
    () => weights.forEach((w) => (w.dataType = random(30))),
    () => (proto.opsetImport[0]!.version = extremes[random(extremes.length)]!),
    () => at.output.push(names[random(names.length)]!),
  ];
  for (let i = 0, n = 1 + random(2); i < n; i++) changes[random(changes.length)]!();
  return encodeModel(proto);
}

function outcome(bytes: Uint8Array): string {
  try {
    verify(readOnnx(bytes, { maxElements: 2 ** 20 }).graph, "readOnnx");
    return "graph";
  } catch (error) {
    if (isLeaderError(error) && error.code.startsWith("LEADER_ONNX_")) return error.code;
    throw error;
  }
}

describe("damaged files", () => {
  it.each([
    ["bytes", mutateBytes],
    ["structure", mutateStructure],
  ] as const)("500 mutants of its %s: each is a coded error or a sound graph", (_, mutate) => {
    const outcomes = Array.from({ length: 500 }, (_, mutant) => outcome(mutate(seed, mutant)));
    const kinds = new Set(outcomes);
    expect(kinds.has("graph") && kinds.size > 2).toBe(true);
  });

  it("a real export with damaged bytes does as well", () => {
    const bytes = readFileSync(fileURLToPath(new URL("./onnx-fixtures/unet-torchscript-13.onnx", import.meta.url)));
    const outcomes = Array.from({ length: 60 }, (_, mutant) => outcome(mutateBytes(bytes, mutant)));
    expect(new Set(outcomes).size).toBeGreaterThan(1);
  });
});
