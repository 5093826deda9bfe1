import { describe, expect, it } from "vitest";
import type { Aval, DType } from "../../values.js";
import { isLeaderError } from "../../errors.js";
import { interpret } from "../../reference/interpret.js";
import { float32, int32 } from "../../testing/op-cases/op-case.js";
import { resizeAttrs } from "../../testing/op-cases/contraction.js";
import type { Tensor } from "../tensor.js";
import { trace } from "../trace.js";

const typed = (dtype: DType, ...shape: number[]): Aval => ({ shape, dtype });
const float = (...shape: number[]): Aval => typed("float32", ...shape);

/** The message of the coded shape error that tracing raises. */
function refusal(build: (...xs: Tensor[]) => Tensor, ...avals: Aval[]): string {
  try {
    trace((...xs) => build(...xs), avals);
  } catch (error) {
    if (isLeaderError(error) && error.code === "LEADER_SHAPE_MISMATCH") return error.message;
    throw error;
  }
  return "accepted";
}

describe("shape errors state the op, what it expects and what it received", () => {
  it("elementwise", () => {
    expect(refusal((x, y) => x.add(y), float(4, 6), float(24))).toMatchInlineSnapshot(`"Add: shapes [4,6] and [24] do not broadcast"`);
    expect(refusal((x, y) => x.add(y), float(2), typed("int32", 2))).toMatchInlineSnapshot(
      `"Add: expected operands of one element type (use cast), received float32[2], int32[2]"`,
    );
    expect(refusal((x) => x.exp(), typed("int32", 2))).toMatchInlineSnapshot(`"Exp: expected float32 operands, received int32[2]"`);
    expect(refusal((x) => x.not(), float(2))).toMatchInlineSnapshot(`"Not: expected bool operands, received float32[2]"`);
    expect(refusal((x, y) => x.where(y, 0), float(2), float(2))).toMatchInlineSnapshot(
      `"Where: expected bool operands, received float32[2]"`,
    );
  });

  it("reductions", () => {
    expect(refusal((x) => x.sum([2]), float(2, 3))).toMatchInlineSnapshot(`"ReduceSum: axis 2 is outside a tensor of rank 2"`);
    expect(refusal((x) => x.mean(), typed("int32", 3))).toMatchInlineSnapshot(`"ReduceMean: expected float32 operands, received int32[3]"`);
    expect(refusal((x) => x.trace.emit("ReduceSum", [x], { axes: [1, 0], keepDims: false }), float(2, 3))).toMatchInlineSnapshot(
      `"ReduceSum: expected ascending axes, received [1,0]"`,
    );
  });

  it("movement", () => {
    expect(refusal((x) => x.reshape([5]), float(2, 3))).toMatchInlineSnapshot(
      `"Reshape: expected 6 elements to make [5] from float32[2,3], received a shape of 5"`,
    );
    expect(refusal((x) => x.transpose([0, 0]), float(2, 3))).toMatchInlineSnapshot(
      `"Transpose: expected a permutation of the 2 axes of float32[2,3], received [0,0]"`,
    );
    expect(refusal((x) => x.expand([2, 4]), float(3))).toMatchInlineSnapshot(
      `"Expand: expected a shape that float32[3] broadcasts to, received [2,4]"`,
    );
    expect(refusal((x) => x.slice([0], [4]), float(3))).toMatchInlineSnapshot(
      `"Slice: expected start and end of axis 0 in [0, 3] and a step other than 0 for float32[3], received start 0, end 4, step 1"`,
    );
    expect(refusal((x) => x.slice([3], [-1], [-1]), float(3))).toMatchInlineSnapshot(
      `"Slice: expected start and end of axis 0 in [-1, 2] and a step other than 0 for float32[3], received start 3, end -1, step -1"`,
    );
    expect(refusal((x) => x.pad([3, 0], "reflect"), float(3))).toMatchInlineSnapshot(
      `"Pad: expected reflect pads of at most 2 on axis 0 of float32[3], received 3 and 0"`,
    );
    expect(refusal((x) => x.pad([-1, 0]), float(3))).toMatchInlineSnapshot(
      `"Pad: expected pads with 2 integers of at least 0, received [-1,0]"`,
    );
    expect(refusal((x, y) => x.concat([y], 1), float(2, 3), float(3, 3))).toMatchInlineSnapshot(
      `"Concat: expected operands that agree on all axes but 1, received float32[2,3], float32[3,3]"`,
    );
    expect(refusal((x, y) => x.gather(y, 0), float(2), float(1))).toMatchInlineSnapshot(
      `"Gather: expected int32 indices, received float32[1]"`,
    );
    expect(refusal((x, i, u) => x.scatterAdd(i, u, 0), float(2, 3), typed("int32", 4), float(4, 2))).toMatchInlineSnapshot(
      `"ScatterAdd: expected updates float32[4,3], received float32[4,2]"`,
    );
  });

  it("contractions", () => {
    expect(refusal((x, y) => x.matmul(y), float(2, 3), float(2, 3))).toMatchInlineSnapshot(
      `"MatMul: expected matrices [..., m, k] and [..., k, n], received float32[2,3] and float32[2,3]"`,
    );
    expect(refusal((x, w) => x.conv(w), float(1, 3, 8, 8), float(4, 2, 3, 3))).toMatchInlineSnapshot(
      `"Conv: expected w [M, 3/1, ...] with M divisible by 1 for float32[1,3,8,8], received float32[4,2,3,3]"`,
    );
    expect(refusal((x, w) => x.conv(w), float(1, 3, 2, 2), float(4, 3, 3, 3))).toMatchInlineSnapshot(
      `"Conv: expected at least one output pixel, received [0,0] from float32[1,3,2,2], float32[4,3,3,3] and pads [0,0,0,0]"`,
    );
    expect(refusal((x, w) => x.conv(w, { pads: [1, 1] }), float(1, 3, 8, 8), float(4, 3, 3, 3))).toMatchInlineSnapshot(
      `"Conv: expected pads with 4 integers of at least 0, received [1,1]"`,
    );
    expect(refusal((x, w, b) => x.conv(w, { bias: b }), float(1, 3, 8, 8), float(4, 3, 3, 3), float(3))).toMatchInlineSnapshot(
      `"Conv: expected a bias float32[4], received float32[3]"`,
    );
    expect(refusal((x, w) => x.convTranspose(w, { outputPadding: [1] }), float(1, 2, 4), float(2, 1, 2))).toMatchInlineSnapshot(
      `"ConvTranspose: expected outputPadding below the stride or the dilation, received [1] with strides [1] and dilations [1]"`,
    );
    expect(refusal((x) => x.resize({ ...resizeAttrs([2, 2], [4, 4], {}), scales: [2] }), float(2, 2))).toMatchInlineSnapshot(
      `"Resize: expected 2 finite scales above 0 for float32[2,2], received [2]"`,
    );
    expect(refusal((x) => x.dft(0), float(4))).toMatchInlineSnapshot(
      `"DFT: expected a last axis of 2 (real, imaginary) behind axis 0, received float32[4]"`,
    );
  });

  it("leaves and calls", () => {
    expect(refusal((x) => x.trace.constant({ shape: [3], dtype: "float32", data: new Float32Array(2) }), float(1))).toMatchInlineSnapshot(
      `"Constant: expected a Float32Array of 3 elements for float32[3], received a Float32Array of 2"`,
    );
    const body = trace((x) => x.neg(), [float(2)], ["x"]);
    expect(refusal((x) => x.trace.emit("Function", [x], { name: "f", body, evaluations: 1 }), float(3))).toMatchInlineSnapshot(
      `"Function: expected float32[2] as \`x\` of \`f\`, received float32[3]"`,
    );
  });
});

it("an index out of range is found when the graph runs", () => {
  const [data, indices] = [float32([2], [1, 2]), int32([1], [2])];
  const graph = trace((x, i) => x.gather(i, 0), [data, indices]);
  expect(() => interpret(graph, [data, indices])).toThrow("Gather: expected indices in [0, 2), received 2");
});
