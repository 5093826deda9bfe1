import { expect, it } from "vitest";
import { trace } from "../ir/trace.js";
import type { Aval } from "../values.js";
import { liveBytes } from "./live-bytes.js";

const vector: Aval = { shape: [100], dtype: "float32" };

it("counts each value from where it is made to its last use", () => {
  // x and exp(x), then their sum beside exp(x) and x: three values at once.
  expect(liveBytes(trace((x) => x.exp().add(x), [vector])).peak).toBe(1200);
  // A chain holds two at once, however long it is.
  expect(liveBytes(trace((x) => x.exp().exp().exp().exp(), [vector])).peak).toBe(800);
});

it("adds the inside of a call while it runs, and counts constants once", () => {
  const weights = { ...vector, data: new Float32Array(100) };
  const body = trace((x) => x.mul(x.trace.constant(weights)).exp().exp(), [vector]);
  const call = trace(
    (x) => {
      const once = x.trace.emit("Function", [x], { name: "f", body, evaluations: 1 });
      return x.trace.emit("Function", [once], { name: "f", body, evaluations: 1 });
    },
    [vector],
  );
  const { peak, constants } = liveBytes(call);
  expect(constants).toBe(400);
  expect(peak).toBe(800 + liveBytes(body).peak);
});
