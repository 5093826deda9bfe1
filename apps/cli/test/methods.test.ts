import { relativeError } from "@leader/core/testing";
import type { PipelineObject } from "leader-restore";
import { beforeAll, describe, expect, it } from "vitest";
import { equs, hgu, methodFile, methodPipeline, methods, restoreHere, smoothPicture, type Method } from "./methods.js";

const uniform = (steps: number) => ({ scheduler: { use: "leader#uniform", with: { steps } } });
const variants = [
  ...Object.entries(methods).flatMap(([name, method]) => [[name, method, {}] as const, [`${name} in EquS`, method, equs] as const]),
  ...["dps", "sitcom"].map((name) => [`${name} in HGU`, methods[name]!, hgu] as const),
];

const ucpm = 'modulator: { use: "leader#ucpm" }';
const satp = (budget: number) => `scheduler: { use: "leader#satp", with: { rule: paper, steps: 12, budget: ${budget} } }`;
const allSteps = 'scheduler: { use: "leader#uniform", with: { steps: 12 } }';
/** The lines of a file, how many steps they take, and whether the result is another than without them. */
const leaderLines = {
  "UCPM alone": { lines: [ucpm, allSteps], skips: false, changes: true },
  "SATP alone": { lines: [satp(0.5)], skips: true, changes: true },
  "both, with a budget of 0": { lines: [ucpm, satp(0)], skips: false, changes: true },
  both: { lines: [ucpm, satp(0.5)], skips: true, changes: true },
  "SATP alone, with a budget of 0": { lines: [satp(0)], skips: false, changes: false },
} as const;

/** What a method gives without LEADer: the measurement of a picture, and its restoration. */
async function restoredPlainly(method: Method, wrapper: Partial<PipelineObject>) {
  const plain = await methodFile(method, wrapper, [allSteps]);
  const y = await plain.degrade(smoothPicture(16), { seed: 1 });
  return { y, image: (await restoreHere(plain, y, { seed: 2 })).image };
}

describe.each(variants)("LEADer on %s, by lines of its file", (_name, method, wrapper) => {
  let without: Awaited<ReturnType<typeof restoredPlainly>>;
  beforeAll(async () => {
    without = await restoredPlainly(method, wrapper);
  });
  // Where the sampler adds no noise to learn from, one more line names an estimator.
  const estimator = method.deterministic === true ? ['uncertainty: { use: "leader#finite-difference" }'] : [];
  const chosen = Object.entries(leaderLines).filter(([name]) => !("wrapper" in wrapper) || name === "both");

  it.each(chosen)("%s", async (_what, { lines, skips, changes }) => {
    const pipeline = await methodFile(method, wrapper, [...estimator, ...lines]);
    const { y } = without;
    const { image, outcome, steps, evaluations } = await restoreHere(pipeline, y, { seed: 2 });
    expect(outcome).toBe("completed");
    expect(image.data.every(Number.isFinite)).toBe(true);
    expect(steps.at(-1)!.decision).toMatchObject({ to: 0 });
    if (skips) expect(steps.length).toBeLessThan(12);
    else expect(steps).toHaveLength(12);
    const { evaluationsPerStep } = await pipeline.check(image);
    const most = steps.length * evaluationsPerStep + (method.firstEvaluations ?? 0);
    if (method.stopsEarly === true) expect(evaluations).toBeLessThanOrEqual(most);
    else expect(evaluations).toBe(most);
    if (method.fits === true) {
      const measured = await pipeline.degrade(image, { seed: 1 });
      expect(relativeError(Float64Array.from(measured.data), Float64Array.from(y.data))).toBeLessThan(1e-5);
    }
    const difference = relativeError(Float64Array.from(image.data), Float64Array.from(without.image.data));
    if (changes) expect(difference).toBeGreaterThan(1e-4);
    else expect(difference).toBeLessThan(1e-5);
  });
});

describe.each(variants)("%s on the ONNX backend", (_name, method, wrapper) => {
  it("walks the trajectory of the float64 interpreter", async () => {
    const pipeline = await methodPipeline(method, { ...wrapper, ...uniform(6) });
    const reference = await methodPipeline(method, { ...wrapper, ...uniform(6), backend: { use: "leader#reference" } });
    const y = await pipeline.degrade(smoothPicture(16), { seed: 1 });
    const options = { seed: 2, record: { frames: 64, side: 16 } };
    const [actual, expected] = [await restoreHere(pipeline, y, options), await restoreHere(reference, y, options)];
    expect(relativeError(Float64Array.from(actual.image.data), Float64Array.from(expected.image.data))).toBeLessThan(1e-4);
    expect(expected.frames).toHaveLength(6);
    expected.frames!.forEach(({ x0 }, step) => {
      expect(relativeError(Float64Array.from(actual.frames![step]!.x0.data), Float64Array.from(x0.data))).toBeLessThan(1e-4);
    });
  });
});

describe("EquS as a line of the pipeline", () => {
  const restored = async (wrapper: Parameters<typeof methodPipeline>[1]): Promise<Float64Array> => {
    const pipeline = await methodPipeline(methods["ddnm"]!, { ...wrapper, ...uniform(6) });
    const y = await pipeline.degrade(smoothPicture(16), { seed: 1 });
    return Float64Array.from((await restoreHere(pipeline, y, { seed: 2 })).image.data);
  };
  const released = { wrapper: { ...equs.wrapper, with: { unflipNoise: false } } };

  it("changes nothing where the network is as symmetric as the prior here, but for the noise that the released code leaves mirrored", async () => {
    const plain = await restored({});
    expect(relativeError(await restored(equs), plain)).toBeLessThan(1e-4);
    expect(relativeError(await restored(released), plain)).toBeGreaterThan(0.01);
  });

  it("stands in the resolved configuration with its defaults", async () => {
    const { config } = await methodPipeline(methods["ddnm"]!, equs);
    expect(config.wrapper).toEqual({
      use: "@leader/baseline-equs#equs",
      with: { transformation: "flip-horizontal", first: "original", unflipNoise: true },
    });
  });
});
