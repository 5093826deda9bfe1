import { describe, expect, it } from "vitest";
import { describeOp } from "../../testing/describe-op.js";
import { opCases } from "../../testing/op-cases/all.js";
import { checksGradient } from "../../testing/op-cases/op-case.js";
import type { OpName } from "../op-attrs.js";
import { ops } from "./index.js";

const names = Object.keys(ops) as OpName[];

for (const name of names) describeOp(name, opCases[name]);

describe("coverage", () => {
  it.each(names)("%s has a case, and a gradient case if it is differentiable", (name) => {
    expect(opCases[name].length).toBeGreaterThan(0);
    if (ops[name].vjp !== "none") expect(opCases[name].some(checksGradient)).toBe(true);
  });
});
