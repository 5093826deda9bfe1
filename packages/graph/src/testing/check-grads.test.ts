import { describe, expect, it } from "vitest";
import { trace } from "../ir/trace.js";
import { checkGradients } from "./check-grads.js";
import { float32, int32, randomTensor } from "./op-cases/op-case.js";

describe("checkGradients", () => {
  it("accepts a smooth function of several inputs, of which only floats are differentiated", () => {
    const inputs = [randomTensor([2, 3]), int32([2], [1, 0]), randomTensor([3], 1)];
    const graph = trace((x, i, y) => [x.gather(i, 0).mul(y).sin(), x.sum()], inputs);
    expect(checkGradients(graph, inputs).maxRelativeError).toBeLessThan(1e-8);
  });

  it("names the input whose derivative disagrees", () => {
    // At its kink max(y, 0) has the one-sided derivative 1; differences see the average of 1 and 0.
    const inputs = [randomTensor([2]), float32([2], [0, 0])];
    const graph = trace((x, y) => x.mul(2).add(y.maximum(0)), inputs, ["x", "y"]);
    expect(() => checkGradients(graph, inputs)).toThrow(
      expect.objectContaining({ code: "LEADER_GRADIENT_WRONG", message: expect.stringContaining("`y`") as string }),
    );
  });

  it("sees a relative error just above its tolerance", () => {
    const inputs = [randomTensor([4])];
    // The constant is added behind a floor, which has no derivative but, at this scale, follows its operand.
    const graph = trace((x) => x.add(x.mul(1e10).floor().mul(1e-15)), inputs);
    expect(() => checkGradients(graph, inputs, { tolerance: 1e-6 })).toThrow();
    expect(checkGradients(graph, inputs, { tolerance: 1e-4 }).maxRelativeError).toBeGreaterThan(1e-6);
  });
});
