import fc from "fast-check";
import { HostileReader } from "../hostile-reader.js";
import { float32, int64, model, node } from "../onnx-bytes.js";
import type { TortureList } from "../torture-list.js";

type Bomb = readonly [what: string, make: () => Uint8Array];

const HUGE = 2 ** 31;
const range = <T>(count: number, make: (i: number) => T): readonly T[] => Array.from({ length: count }, (_, i) => make(i));

/** One node that turns a few integers into a large array, which is then added to the picture. */
const grown = (op: string, sizes: readonly number[], first: readonly string[] = ["x"]): Uint8Array =>
  model({
    nodes: [node(op, [...first, "n"], "big"), node("Add", ["x", "big"], "y")],
    weights: [int64("n", sizes), float32("one", [1], [1])],
  });

/** The same node again and again on its own result. */
const chain = (count: number, op: string, second: (before: string) => readonly string[] = () => []): Uint8Array =>
  model({
    nodes: range(count, (i) => {
      const before = i === 0 ? "x" : `v${i - 1}`;
      return node(op, [before, ...second(before)], i === count - 1 ? "y" : `v${i}`, op === "Concat" ? { axis: 3 } : {});
    }),
    weights: [int64("two", [1, 1, 2, 2])],
  });

/** Constants that are computed while the file is read, each twice as large as the one before. */
const doubling = (count: number): Uint8Array =>
  model({
    nodes: [
      ...range(count, (i) => node("Concat", [i === 0 ? "one" : `c${i - 1}`, i === 0 ? "one" : `c${i - 1}`], `c${i}`, { axis: 0 })),
      node("ReduceSum", [`c${count - 1}`], "sum"),
      node("Add", ["x", "sum"], "y"),
    ],
    weights: [float32("one", [1], [1])],
  });

const bombs: readonly Bomb[] = [
  ["ConstantOfShape of 2^40 elements", () => grown("ConstantOfShape", [2 ** 20, 2 ** 20], [])],
  ["ConstantOfShape of 2^31 elements", () => grown("ConstantOfShape", [HUGE], [])],
  ["ConstantOfShape of 2^28 elements", () => grown("ConstantOfShape", [2 ** 28], [])],
  ["ConstantOfShape of a negative size", () => grown("ConstantOfShape", [-1, 8], [])],
  ["ConstantOfShape whose size overflows to 0", () => grown("ConstantOfShape", [2 ** 32, 2 ** 32], [])],
  ["Expand of a weight", () => grown("Expand", [HUGE], ["one"])],
  ["Expand of the picture", () => grown("Expand", [HUGE, 3, 8, 8])],
  ["Expand beyond exact numbers", () => grown("Expand", [2 ** 53, 3, 8, 8])],
  ["Tile of a weight", () => grown("Tile", [HUGE], ["one"])],
  ["Tile of the picture", () => grown("Tile", [1, 1, 2 ** 16, 2 ** 16])],
  ["Tile by a negative number", () => grown("Tile", [1, 1, -4, 4])],
  ["Pad of the picture", () => grown("Pad", [0, 0, HUGE, HUGE, 0, 0, 0, 0])],
  ["Pad that takes away more than there is", () => grown("Pad", [0, 0, -100, 0, 0, 0, 0, 0])],
  [
    "Resize by sizes",
    () =>
      model({
        nodes: [node("Resize", ["x", "", "", "n"], "big"), node("Add", ["x", "big"], "y")],
        weights: [int64("n", [1, 3, HUGE, HUGE])],
      }),
  ],
  [
    "Resize by a scale",
    () =>
      model({
        nodes: [node("Resize", ["x", "", "s"], "big"), node("Add", ["x", "big"], "y")],
        weights: [float32("s", [4], [1, 1, 1e9, 1e9])],
      }),
  ],
  ["40 doublings of the picture by Tile", () => chain(40, "Tile", () => ["two"])],
  ["40 doublings of the picture by Concat", () => chain(40, "Concat", (before) => [before])],
  ["40 doublings of a constant", () => doubling(40)],
  ["27 doublings of a constant, all kept", () => doubling(27)],
  ["100,000 nodes", () => chain(100_000, "Relu")],
  ["an input of 2^31 rows", () => model({ nodes: [node("Relu", ["x"], "y")], shape: [1, 3, HUGE, 8] })],
  ["a weight that claims 2^40 numbers", () => model({ nodes: [node("Add", ["x", "w"], "y")], weights: [float32("w", [2 ** 40], [1])] })],
  ["an opset of 2^31", () => model({ nodes: [node("Relu", ["x"], "y")], opset: HUGE })],
  ["a node that needs itself", () => model({ nodes: [node("Add", ["x", "y"], "y")] })],
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
    check: ([, make]) => reader.outcome("network", make()),
    close: () => reader.close(),
  };
}
