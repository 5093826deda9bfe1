import { levelScalars, trace, type Aval, type Tensor } from "@leader/core";
import { constantLevel, norm, normalArray } from "@leader/core/testing";
import { evaluateGraph } from "@leader/graph/reference";
import { describe, expect, it } from "vitest";
import { grainOf, nothingOpen, stillOpen } from "./grain.js";
import { aStep, schedule } from "./test-step.js";
import { ucpm, ucpmModulator } from "./ucpm.js";

const [images, height, width] = [2, 4, 6];
const plane: Aval = { shape: [images, 1, height, width], dtype: "float32" };
const draw = normalArray(plane, 1, "grain");
const n = height * width;
/** The noise of the level at an index of the schedule: 0.38 at 112, 0.29 at 90. */
const sigma = (index: number): number => levelScalars(schedule, index).sigma;
const identity = (_name: string, own: Tensor): Tensor => own;

/** What is added in the step to `to` after steps at levels with an uncertainty of each image. */
function added(steps: readonly { readonly from: number; readonly u: readonly [number, number] }[], to = 0, strength = 0.5): Float64Array {
  const graph = trace(
    (z) => {
      const ctx = { noise: () => z, denoiser: { image: { shape: [images, 3, height, width], dtype: "float32" } } } as never;
      let grain = nothingOpen(ctx);
      for (const { from, u } of steps) {
        const own = z
          .mul(0)
          .add(u[0])
          .slice([0, 0, 0, 0], [1, 1, height, width])
          .concat([z.mul(0).add(u[1]).slice([1, 0, 0, 0], [2, 1, height, width])], 0);
        grain = stillOpen(grain, constantLevel(z.trace, schedule, from), own);
      }
      return grainOf({ ofPicture: identity }, grain, constantLevel(z.trace, schedule, to), strength);
    },
    [plane],
  );
  return Float64Array.from(evaluateGraph(graph, [{ ...plane, data: draw }])[0]!.data);
}

/** Written anew: an amplitude for each image. */
const expected = (...amplitudes: readonly [number, number]): Float64Array => draw.map((value, i) => amplitudes[Math.floor(i / n)]! * value);
const difference = (a: Float64Array, b: Float64Array): number => norm(a.map((value, i) => value - b[i]!));

describe("grain", () => {
  it("has the share of the deviation that was open in the last step at a noise of 0.3 or more, of each image by itself", () => {
    expect([sigma(112) > 0.3, sigma(80) < 0.3]).toEqual([true, true]);
    const walk = [
      { from: 401, u: [0.3, 0.2] },
      { from: 112, u: [0.02, 0.01] },
      { from: 80, u: [0.004, 0.008] },
    ] as const;
    const share = 0.3 / sigma(112);
    expect(difference(added(walk), expected(0.5 * Math.sqrt(0.02 * share), 0.5 * Math.sqrt(0.01 * share)))).toBeLessThan(1e-6);
    expect(difference(added(walk, 0, 0.25), expected(0.25 * Math.sqrt(0.02 * share), 0.25 * Math.sqrt(0.01 * share)))).toBeLessThan(1e-6);
  });

  it("takes the first estimate of a run that begins below, as it is", () => {
    const walk = [
      { from: 80, u: [0.004, 0.008] },
      { from: 40, u: [0.001, 0.002] },
    ] as const;
    expect(difference(added(walk), expected(0.5 * Math.sqrt(0.004), 0.5 * Math.sqrt(0.008)))).toBeLessThan(1e-6);
  });

  it("is added in the step to the clean level alone, and never where nothing was open", () => {
    const walk = [{ from: 112, u: [0.02, 0.01] }] as const;
    expect(norm(added(walk, 40))).toBe(0);
    expect(norm(added([{ from: 112, u: [0, 0] }]))).toBe(0);
    expect(norm(added([]))).toBe(0);
  });
});

describe("grain of UCPM", () => {
  const image: Aval = { shape: [1, 2, height, width], dtype: "float32" };
  const map: Aval = { shape: [1, 1, height, width], dtype: "float32" };
  /** The amplitude of a run of one step, from a noise of 0.38. */
  function amplitude(options: Record<string, unknown>): number {
    const modulator = ucpmModulator(ucpm.options.parse(options));
    let seen: Tensor | undefined;
    const graph = trace(
      (x, uncertainty) => {
        const [ctx, input] = aStep({ x0: x, uncertainty, from: 112, to: 0 });
        const state = modulator.init(ctx, input);
        modulator.modulate({ ...ctx, ofPicture: (name, own) => (name === "grain" ? (seen = own) : own) }, input, state);
        return seen ?? x.trace.scalar(0, "float32");
      },
      [image, map],
    );
    const values = [
      { ...image, data: normalArray(image, 1, "x0") },
      { ...map, data: new Float64Array(n).fill(0.02) },
    ];
    return evaluateGraph(graph, values)[0]!.data[0]!;
  }

  it("is what is stated, whatever the fidelity, and none otherwise", () => {
    const stated = amplitude({ grain: 0.25 });
    expect(stated).toBeCloseTo(0.25 * Math.sqrt((0.02 * 0.3) / sigma(112)), 6);
    for (const options of [{ fidelity: 1 }, { freshShare: "baseline" }]) {
      expect(amplitude({ ...options, grain: 0.25 })).toBe(stated);
      expect(amplitude(options)).toBe(0);
    }
  });
});
