import { float32, int64, model, node } from "./onnx-bytes.js";

/** Networks of a few thousand bytes that grow when they are read. */

const range = <T>(count: number, make: (i: number) => T): readonly T[] => Array.from({ length: count }, (_, i) => make(i));

/** The same node again and again on its own result. */
export const chain = (count: number, op: string, second: (before: string) => readonly string[] = () => []): Uint8Array =>
  model({
    nodes: range(count, (i) => {
      const before = i === 0 ? "x" : `v${i - 1}`;
      return node(op, [before, ...second(before)], i === count - 1 ? "y" : `v${i}`, op === "Concat" ? { axis: 3 } : {});
    }),
    weights: [int64("two", [1, 1, 2, 2])],
  });

/** Constants that are computed while the file is read, each twice as large as the one before. */
export const doubling = (count: number): Uint8Array =>
  model({
    nodes: [
      ...range(count, (i) => node("Concat", [i === 0 ? "one" : `c${i - 1}`, i === 0 ? "one" : `c${i - 1}`], `c${i}`, { axis: 0 })),
      node("ReduceSum", [`c${count - 1}`], "sum"),
      node("Add", ["x", "sum"], "y"),
    ],
    weights: [float32("one", [1], [1])],
  });
