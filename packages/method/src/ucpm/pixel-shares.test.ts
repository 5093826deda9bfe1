import { trace, type Aval } from "@leader/core";
import { evaluateGraph } from "@leader/graph/reference";
import { normalArray } from "@leader/core/testing";
import { describe, expect, it } from "vitest";
import { aStep } from "./test-step.js";
import { ucpm, ucpmModulator } from "./ucpm.js";

type Options = Parameters<typeof ucpmModulator>[0];
const image: Aval = { shape: [1, 2, 5, 7], dtype: "float32" };
const map: Aval = { shape: [1, 1, 5, 7], dtype: "float32" };
const n = 35;
const defaults: Options = ucpm.options.parse({ epsilon: 0.1 });
const x0 = normalArray(image, 1, "x0");

describe("the share of fresh noise that is proposed for each pixel", () => {
  const proposalOf = (options: Partial<Options>): { readonly share: number; readonly pixels: readonly number[] | undefined } => {
    const modulator = ucpmModulator({ ...defaults, ...options });
    let pixels = false;
    const graph = trace(
      (x, uncertainty) => {
        const made = modulator.modulate(...aStep({ x0: x, uncertainty, from: 101 }), {});
        pixels = made.freshShares !== undefined;
        return [made.freshShare!, made.freshShares ?? made.freshShare!];
      },
      [image, map],
    );
    const variance = Float64Array.from({ length: n }, (_, i) => (i < 7 ? 0 : 10));
    const [share, shares] = evaluateGraph(graph, [
      { ...image, data: x0 },
      { ...map, data: variance },
    ]);
    return { share: share!.data[0]!, pixels: pixels ? Array.from(shares!.data) : undefined };
  };

  it("is all where nothing is uncertain and that of the picture in texture, where texture is told from what is not", () => {
    const { share, pixels } = proposalOf({ freshShare: 0.4, texture: 0.02 });
    expect(share).toBeCloseTo(0.4, 6);
    expect(pixels).toHaveLength(n);
    pixels!.forEach((value, i) => expect(value).toBeCloseTo(i < 7 ? 1 : 0.4, 5));
  });

  it("is absent without `texture`", () => {
    expect(proposalOf({ freshShare: 0.4 }).pixels).toBeUndefined();
  });

  it("is refused beside a share that is left to the baseline", async () => {
    const checked = await ucpm.options["~standard"].validate({ freshShare: "baseline", texture: 0.02 });
    expect(checked.issues?.[0]?.message).toContain("texture");
    expect((await ucpm.options["~standard"].validate({ texture: 0.02 })).issues).toBeUndefined();
  });
});
