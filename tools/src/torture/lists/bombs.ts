import fc from "fast-check";
import { HostileReader } from "../hostile-reader.js";
import { body, float32, int64, model, node, nodeWith, truth } from "../onnx-bytes.js";
import { chain, doubling } from "../onnx-growth.js";
import type { NodeProto } from "onnx-buf";
import type { TortureList } from "../torture-list.js";

/** What it is, the file, and what must be said about it; nothing: it is read. */
type Bomb = readonly [what: string, make: () => Uint8Array, reason?: RegExp];

const HUGE = 2 ** 31;

/** One node that turns a few integers into a large array, which is then added to the picture. */
const grown = (op: string, sizes: readonly number[], first: readonly string[] = ["x"]): Uint8Array =>
  model({
    nodes: [node(op, [...first, "n"], "big"), node("Add", ["x", "big"], "y")],
    weights: [int64("n", sizes), float32("one", [1], [1])],
  });

/** A constant as large as one may be, of which only the sum is used. */
const summed = (size: number): Uint8Array =>
  model({
    nodes: [node("ConstantOfShape", ["n"], "big"), node("ReduceSum", ["big"], "sum"), node("Add", ["x", "sum"], "y")],
    weights: [int64("n", [size])],
  });

/** `If` in `If`; with both branches there are twice as many graphs at every level. */
function nested(depth: number, both: boolean): Uint8Array {
  let inner = body([node("Relu", ["x"], "r0")], [], ["r0"]);
  const around = (name: string): NodeProto =>
    nodeWith("If", ["yes"], name, both ? { then_branch: inner, else_branch: inner } : { then_branch: inner });
  for (let i = 1; i < depth; i++) inner = body([around(`r${i}`)], [], [`r${i}`]);
  return model({ nodes: [around("y")], weights: [truth("yes", true)] });
}

const looped = (trips: number): Uint8Array =>
  model({
    nodes: [
      nodeWith("Loop", ["trips", "yes", "x"], "y", {
        body: body([node("Identity", ["c"], "on"), node("Relu", ["v"], "w")], ["i", "c", "v"], ["on", "w"]),
      }),
    ],
    weights: [int64("trips", [trips]), truth("yes", true)],
  });

const scanned = (): Uint8Array =>
  model({
    nodes: [nodeWith("Scan", ["x", "x"], "y", { body: body([node("Add", ["s", "e"], "t")], ["s", "e"], ["t"]) }, { num_scan_inputs: 1 })],
  });

const tooLarge = (op: string): RegExp => new RegExp(`^LEADER_ONNX_TOO_LARGE .*\\(${op},`, "u");
const invalid = (op: string): RegExp => new RegExp(`^LEADER_ONNX_INVALID .*\\(${op},`, "u");

const bombs: readonly Bomb[] = [
  ["ConstantOfShape of 2^40 elements", () => grown("ConstantOfShape", [2 ** 20, 2 ** 20], []), tooLarge("ConstantOfShape")],
  ["ConstantOfShape of 2^31 elements", () => grown("ConstantOfShape", [HUGE], []), tooLarge("ConstantOfShape")],
  ["ConstantOfShape of 2^28 elements, added up", () => summed(2 ** 28)],
  ["ConstantOfShape of a negative size", () => grown("ConstantOfShape", [-1, 8], []), invalid("ConstantOfShape")],
  ["ConstantOfShape whose size overflows to 0", () => grown("ConstantOfShape", [2 ** 32, 2 ** 32], []), tooLarge("ConstantOfShape")],
  ["Expand of a weight", () => grown("Expand", [HUGE], ["one"]), tooLarge("Expand")],
  ["Expand of the picture", () => grown("Expand", [HUGE, 3, 8, 8]), tooLarge("Expand")],
  ["Expand beyond exact numbers", () => grown("Expand", [2 ** 53, 3, 8, 8]), tooLarge("Expand")],
  ["Tile of a weight", () => grown("Tile", [HUGE], ["one"]), tooLarge("Tile")],
  ["Tile of the picture", () => grown("Tile", [1, 1, 2 ** 16, 2 ** 16]), tooLarge("Tile")],
  ["Tile by a negative number", () => grown("Tile", [1, 1, -4, 4]), invalid("Tile")],
  ["Pad of the picture", () => grown("Pad", [0, 0, HUGE, HUGE, 0, 0, 0, 0]), tooLarge("Pad")],
  ["Pad that takes away more than there is", () => grown("Pad", [0, 0, -100, 0, 0, 0, 0, 0]), invalid("Pad")],
  [
    "Resize by sizes",
    () =>
      model({
        nodes: [node("Resize", ["x", "", "", "n"], "big"), node("Add", ["x", "big"], "y")],
        weights: [int64("n", [1, 3, HUGE, HUGE])],
      }),
    tooLarge("Resize"),
  ],
  [
    "Resize by a scale",
    () =>
      model({
        nodes: [node("Resize", ["x", "", "s"], "big"), node("Add", ["x", "big"], "y")],
        weights: [float32("s", [4], [1, 1, 1e9, 1e9])],
      }),
    tooLarge("Resize"),
  ],
  ["40 doublings of the picture by Tile", () => chain(40, "Tile", () => ["two"]), tooLarge("Tile")],
  ["40 doublings of the picture by Concat", () => chain(40, "Concat", (before) => [before]), tooLarge("Concat")],
  ["40 doublings of a constant", () => doubling(40), tooLarge("Concat")],
  ["27 doublings of a constant, all kept", () => doubling(27)],
  ["100,000 nodes", () => chain(100_000, "Relu")],
  ["an input of 2^31 rows", () => model({ nodes: [node("Relu", ["x"], "y")], shape: [1, 3, HUGE, 8] }), /^LEADER_ONNX_INPUTS .*`x`/u],
  [
    "a weight that claims 2^40 numbers",
    () => model({ nodes: [node("Add", ["x", "w"], "y")], weights: [float32("w", [2 ** 40], [1])] }),
    /^LEADER_ONNX_INVALID .*`w`.*beyond/u,
  ],
  ["an opset of 2^31", () => model({ nodes: [node("Relu", ["x"], "y")], opset: HUGE }), /^LEADER_ONNX_UNSUPPORTED .*opset 2147483648/u],
  ["If in If, 10 deep, all branches there", () => nested(10, true)],
  ["If in If, 200 deep", () => nested(200, false), /^LEADER_ONNX_UNREADABLE .*recursion/u],
  ["Loop of 2^62 trips", () => looped(2 ** 62), /^LEADER_ONNX_UNSUPPORTED .*operation Loop/u],
  ["Loop of 2^31 trips", () => looped(HUGE), /^LEADER_ONNX_UNSUPPORTED .*operation Loop/u],
  ["Scan", () => scanned(), /^LEADER_ONNX_UNSUPPORTED .*operation Scan/u],
  ["a node that needs itself", () => model({ nodes: [node("Add", ["x", "y"], "y")] }), /^LEADER_ONNX_INVALID .*cycle/u],
];

/** Small files that ask for much memory or time. */
export function onnxBombs(): TortureList<Bomb> {
  const reader = new HostileReader();
  return {
    name: "bombs",
    promise: "a small network file that asks for much is read or refused with a code, within the limits of memory and time",
    cases: { quick: bombs.length, full: bombs.length },
    examples: bombs,
    generator: fc.constantFrom(...bombs),
    async check([what, make, expected]) {
      const { outcome, reason } = await reader.answer("network", make());
      // One that is read may take longer than its limit where the machine has other work; it must not be refused.
      if (expected === undefined ? outcome === "refused" : !expected.test(reason)) throw new Error(`${what} was ${outcome}: ${reason}`);
      return outcome;
    },
    close: () => reader.close(),
  };
}
