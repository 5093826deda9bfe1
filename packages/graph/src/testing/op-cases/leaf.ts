import { trace } from "../../ir/trace.js";
import { bool, float32, int32, randomTensor, type OpCase } from "./op-case.js";

const type = { shape: [2, 2], dtype: "float32" } as const;
const body = trace((x, y) => x.mul(y).sin().matmul(y), [type, type]);

export const leafCases = {
  Constant: [
    {
      name: "floats",
      inputs: [float32([2], [1, 2])],
      build: (x) => x.mul(x.trace.constant(float32([2], [0.5, 4]))),
      expected: { shape: [2], data: [0.5, 8] },
    },
    {
      name: "integers",
      inputs: [int32([2], [1, 2])],
      build: (x) => x.add(x.trace.constant(int32([], [7]))),
      expected: { shape: [2], data: [8, 9] },
    },
    {
      name: "booleans",
      inputs: [bool([2], [1, 0])],
      build: (x) => x.and(x.trace.constant(bool([], [1]))),
      expected: { shape: [2], data: [1, 0] },
    },
  ],
  Function: [
    {
      name: "called twice, the second time on its own result",
      inputs: [randomTensor([2, 2]), randomTensor([2, 2], 1)],
      build: (x, y) => {
        const call = (a: typeof x): typeof x => x.trace.emit("Function", [a, y], { name: "f", body, evaluations: 1 });
        return call(call(x));
      },
    },
  ],
} satisfies Readonly<Record<string, readonly OpCase[]>>;
