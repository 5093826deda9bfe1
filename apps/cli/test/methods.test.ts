import { relativeError } from "@leader/core/testing";
import { describe, expect, it } from "vitest";
import { equs, methodPipeline, methods, restoreHere, smoothPicture, type Method } from "./methods.js";

const uniform = (steps: number) => ({ scheduler: { use: "leader#uniform", with: { steps } } });
const variants = Object.entries(methods).flatMap(([name, method]) => [
  [name, method, {}] as const,
  [`${name} in EquS`, method, equs] as const,
]);

/** LEADer as two lines; a third names an estimator where the sampler adds no noise to learn from. */
const leaderLines = ({ deterministic }: Method, budget: number) => ({
  modulator: { use: "leader#ucpm" },
  scheduler: { use: "leader#satp", with: { steps: 20, budget } },
  ...(deterministic === true ? { uncertainty: { use: "leader#finite-difference" } } : {}),
});

describe.each(variants)("LEADer on %s", (_name, method, wrapper) => {
  it.each([
    ["keeps every step where the budget is 0", 0],
    ["skips steps where the budget is large", 0.5],
  ])("%s", async (_what, budget) => {
    const pipeline = await methodPipeline(method, { ...wrapper, ...leaderLines(method, budget) });
    const picture = smoothPicture(16);
    const y = await pipeline.degrade(picture, { seed: 1 });
    const { image, outcome, steps, evaluations } = await restoreHere(pipeline, y, { seed: 2 });
    expect(outcome).toBe("completed");
    expect(image.data.every(Number.isFinite)).toBe(true);
    expect(steps.at(-1)!.decision).toMatchObject({ to: 0 });
    if (budget === 0) expect(steps).toHaveLength(20);
    else expect(steps.length).toBeLessThan(20);
    const { evaluationsPerStep } = await pipeline.check(image);
    expect(evaluations).toBe(steps.length * evaluationsPerStep + (method.firstEvaluations ?? 0));
    if (method.fits === true) {
      const measured = await pipeline.degrade(image, { seed: 1 });
      expect(relativeError(Float64Array.from(measured.data), Float64Array.from(y.data))).toBeLessThan(1e-5);
    }
  });
});

describe.each(variants)("%s on the ONNX backend", (_name, method, wrapper) => {
  it("walks the trajectory of the float64 interpreter", async () => {
    const pipeline = await methodPipeline(method, { ...wrapper, ...uniform(6) });
    const reference = await methodPipeline(method, { ...wrapper, ...uniform(6), backend: { use: "leader#reference" } });
    const y = await pipeline.degrade(smoothPicture(32), { seed: 1 });
    const options = { seed: 2, record: { frames: 64, side: 32 } };
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
