/* eslint-disable */
import { printGraph, linearBetaSchedule, traceSampler, type Denoiser, type UpdateRule } from "@leader/core";
import { createStage, maskOperator, walkScheduler } from "@leader/core/testing";
import { it } from "vitest";
import onnx from "@leader/backend-onnx";
import { pirp } from "../../pirp/src/index.js";
import { guidedRule } from "../../pirp/src/guided-rule.js";
import { roughness } from "../../pirp/src/pirp.js";
const image = { shape: [1, 3, 256, 256], dtype: "float32" } as const;
const g = { fidelity: "both", gamma: 3, zeta: 0.6, etaTilde: 0.7, leastSquaresScale: 1, injectNoise: true, stepMode: 1 } as const;
const rules: Record<string, [UpdateRule, boolean]> = {
  ddpgNoisy: [guidedRule(g, (x) => x.mul(0)), false], ddpgFree: [guidedRule(g, (x) => x.mul(0)), true], 
  pirpFree: [guidedRule(g, (x0) => roughness(x0, 0.01).mul(0.2)), true],
  pirpNoisy: [guidedRule(g, (x0) => roughness(x0, 0.01).mul(0.2)), false],
};
it("micro", async () => {
  await using b = (await createStage((onnx as any).stages.cpu, {})) as any;
  const denoiser: Denoiser = { image, schedule: linearBetaSchedule(), differentiable: true, denoise: (x, l) => ({ x0: x.mul(l.sqrtAlphaBar), epsilon: x.mul(l.sqrtOneMinusAlphaBar) }) };
  for (const fill of ["constant", "random"]) for (const [name, [rule, noiseFree]] of Object.entries(rules)) {
    const graphs = traceSampler({ operator: maskOperator(image), denoiser, baseline: rule, scheduler: walkScheduler([1, 0]), noiseFree });
    const graph = graphs.update.graph;
    if (name === "pirpFree" && fill === "constant") console.log(printGraph(graph));
    const exe = await b.compile(graph);
    const inputs: any[] = [];
    for (const p of graph.params) {
      const n = p.aval.shape.reduce((s: number, v: number) => s * v, 1);
      inputs.push(await b.upload({ ...p.aval, data: Float32Array.from({ length: n }, (_, i) => n === 1 ? 0.5 : fill === "constant" ? 0.1 : 0.5 + 0.4 * Math.sin(i * 0.37)) }));
    }
    const times: number[] = [];
    for (let i = 0; i < 60; i++) { const t = performance.now(); const out = await exe.run(inputs); times.push(performance.now() - t); for (const o of out) o[Symbol.dispose](); }
    times.sort((p, q) => p - q);
    console.log("MICRO", fill, name.padEnd(12), "min", times[0]!.toFixed(2), "q1", times[15]!.toFixed(2), graph.nodes.length);
  }
});
