/* eslint-disable */
import { compileSampler, drawNoise, runSampler, toEngineNoise, traceSampler, unitRangeNoise, linearBetaSchedule, type UpdateRule, type Denoiser, type LinearOperator } from "@leader/core";
import { referenceBackend } from "@leader/core/reference";
import { gaussianOracle, poolingOperator, maskOperator, relativeError, walkScheduler } from "@leader/core/testing";
import { describe, expect, it } from "vitest";
import onnx from "@leader/backend-onnx";
import * as S from "../../samplers/src/index.js";
import { repaint } from "../../repaint/src/index.js";
import { pirp, fdgr } from "../../pirp/src/index.js";
import { nullSpaceRule } from "./rules.js";
import { equs } from "../src/index.js";
const g = { fidelity: "both", gamma: 3, zeta: 0.6, etaTilde: 0.7, leastSquaresScale: 1, injectNoise: true, stepMode: 1 } as const;
const wrapped = (r: UpdateRule) => equs(r, { transformation: "flip-horizontal", first: "original", unflipNoise: true });
const rules: Record<string, UpdateRule> = {
  ddpm: S.ddpm({ variance: "posterior", clip: false }), ddim: S.ddim({ eta: 0.5, clip: true }), dpm: S.dpmSolver({ order: 2, clip: false }), dpmpp: S.dpmSolverPlusPlus({ order: 2, clip: false }), heun: S.edmHeun({ clip: false }),
  repaint: repaint({ variance: "posterior", clip: true, pasteKnown: true }),
  pirp: pirp({ ...g, gradientPrior: "minus", kappa: 0.2, q: 0.3, legacyChannelSwap: false }),
  fdgrMinus: fdgr({ ...g, gradientPrior: "minus", alpha: 0.5, sigmaG: 1.5 }), fdgrPlus: fdgr({ ...g, gradientPrior: "plus", alpha: 0.5, sigmaG: 1.5 }),
  nullspace: nullSpaceRule, equs: wrapped(nullSpaceRule),
};
import { createStage } from "@leader/core/testing";
const backend = async () => (await createStage((onnx as any).stages.cpu, {})) as any;
describe("onnx", () => {
  it.each(Object.keys(rules))("%s", async (name) => {
    const oracle = gaussianOracle({ shape: [1, 3, 8, 8], seed: 2, correlation: 0 });
    const operator = poolingOperator(oracle.image);
    const run = async (b: any) => {
      await using sampler = await compileSampler(traceSampler({ operator, denoiser: oracle.denoiser, baseline: rules[name]!, scheduler: walkScheduler([1, 0]), noiseFree: false }), b);
      const { x } = await runSampler(sampler, { schedule: oracle.schedule, scheduler: walkScheduler([951, 700, 400, 550, 120, 30, 0]), y: { ...operator.range, data: new Float32Array(48).fill(0.1) }, sigmaY: toEngineNoise(unitRangeNoise(0.02)), seed: 1 });
      return Float64Array.from(x.data);
    };
    await using b = await backend();
    const err = relativeError(await run(b), await run(referenceBackend({ rounding: "none" } as any)));
    console.log(name, "onnx vs reference", err.toExponential(1));
    expect(err).toBeLessThan(1e-4);
  });
  it.each(Object.keys(rules).filter((n) => n !== "heun"))("time %s", async (name) => {
    const image = { shape: [1, 3, 256, 256], dtype: "float32" } as const;
    const denoiser: Denoiser = { image, schedule: linearBetaSchedule(), differentiable: true, denoise: (x, l) => ({ x0: x.mul(l.sqrtAlphaBar), epsilon: x.mul(l.sqrtOneMinusAlphaBar) }) };
    const operator: LinearOperator = maskOperator(image);
    await using b = await backend();
    const graphs = traceSampler({ operator, denoiser, baseline: rules[name]!, scheduler: walkScheduler([1, 0]), noiseFree: false });
    const exe = await b.compile(graphs.update.graph);
    const inputs: any[] = [];
    for (const p of graphs.update.graph.params) {
      const n = p.aval.shape.reduce((s: number, v: number) => s * v, 1);
      inputs.push(await b.upload({ ...p.aval, data: new Float32Array(n).fill(n === 1 ? 0.5 : 0.1) }));
    }
    for (let i = 0; i < 3; i++) for (const o of await exe.run(inputs)) o[Symbol.dispose]();
    const times: number[] = [];
    for (let i = 0; i < 60; i++) { const t = performance.now(); const out = await exe.run(inputs); times.push(performance.now() - t); for (const o of out) o[Symbol.dispose](); }
    times.sort((p, q) => p - q);
    console.log("TIME", name, "q1", times[15]!.toFixed(2), "min", times[0]!.toFixed(2), "ms; nodes", graphs.update.graph.nodes.length);
  });
});
