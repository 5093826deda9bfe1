import { describe, expect, it } from "vitest";
import type { Aval, HostTensor } from "../values.js";
import type { Tensor } from "../ir/tensor.js";
import { trace } from "../ir/trace.js";
import { memoryOf } from "./memory.js";

const image: Aval = { shape: [1, 4, 8, 8], dtype: "float32" };
const bytes = 4 * 256;
const filter: HostTensor = { shape: [4, 4, 1, 1], dtype: "float32", data: Float32Array.from({ length: 16 }, (_, i) => i) };
const filtered = (x: Tensor): Tensor => x.conv(x.trace.constant(filter));

describe("memoryOf", () => {
  it("counts what lives at the same time, and overwrites what nothing else reads", () => {
    const chain = trace((x) => filtered(filtered(x).sigmoid()), [image]);
    expect(memoryOf(chain)).toEqual({ weights: 64, activations: 2 * bytes, shared: 0, passed: 0, sharedWeights: 0 });
    const kept = trace(
      (x) => {
        const first = filtered(x);
        return filtered(first.sigmoid()).add(first);
      },
      [image],
    );
    expect(memoryOf(kept).activations).toBe(3 * bytes);
  });

  it("counts constants once, and what is computed of them where it is read", () => {
    const twice = trace((x) => filtered(x).conv(x.trace.constant(filter).transpose([1, 0, 2, 3]).flip([2])), [image]);
    expect(memoryOf(twice).weights).toBe(128);
    const turnedOnly = trace((x) => x.conv(x.trace.constant(filter).reshape([4, 4, 1, 1]).transpose([1, 0, 2, 3])), [image]);
    expect(memoryOf(turnedOnly).weights).toBe(64);
  });

  it("counts the copies that convolutions of single planes work on, as runtimes compute blurs between blocks of pixels", () => {
    const taps: HostTensor = { shape: [1, 1, 3, 3], dtype: "float32", data: new Float32Array(9) };
    const blur = (channels: number): number =>
      memoryOf(trace((x) => x.conv(x.trace.constant(taps), { pads: [1, 1, 1, 1] }), [{ shape: [channels, 1, 8, 8], dtype: "float32" }]))
        .activations;
    expect(blur(4)).toBe(4 * bytes);
    expect(memoryOf(trace(filtered, [image])).activations).toBe(bytes);
  });

  it("looks into functions, whose memory comes on top of what is live around them", () => {
    const body = trace((x) => filtered(filtered(x)), [image]);
    const graph = trace(
      (x) => {
        const before = x.exp();
        const call = x.trace.emit("Function", [before], { name: "network", body, evaluations: 1 });
        return call.add(before);
      },
      [image],
    );
    // `before`, the result of the call, and two inside it.
    expect(memoryOf(graph)).toEqual({ weights: 64, activations: 4 * bytes, shared: 2 * bytes, passed: 2 * bytes, sharedWeights: 64 });
  });

  it("counts the order of runtimes that go back from the result: sums over all steps are computed after the last of them", () => {
    const summed = trace(
      (x) => {
        let [state, sum] = [x, x.exp()];
        for (let i = 0; i < 6; i++) {
          state = filtered(state);
          sum = sum.add(state.square());
        }
        return sum;
      },
      [image],
    );
    expect(memoryOf(summed).activations).toBeGreaterThanOrEqual(6 * bytes);
  });
});
