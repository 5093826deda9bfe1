import { it } from "vitest";
import { readFileSync } from "node:fs";
import { trace, type Tensor } from "@leader/core";
import { readOnnx } from "@leader/core/onnx";
import * as ort from "onnxruntime-node";
import { createOnnxBackend } from "./index.js";
import { cpuOptions } from "./options.js";
it("tunes", async () => {
  const bytes = new Uint8Array(readFileSync("/work/shared/models/prior-v0.onnx"));
  const S = Number(process.env.SIZE ?? 256);
  const shape = [1, 3, S, S];
  const x = new Float32Array(3 * S * S).map((_, i) => Math.sin(i));
  const raws: [string, () => Promise<number>][] = [];
  for (const [label, extra] of [["raw default", {}], ["raw stop", { session: { force_spinning_stop: "1" } }], ["raw nospin", { session: { "intra_op.allow_spinning": "0" } }]] as const) {
    const s = await ort.InferenceSession.create(new Uint8Array(bytes), { intraOpNumThreads: 2, extra, logSeverityLevel: 4 });
    const feeds = { x: new ort.Tensor("float32", x, shape), alpha_bar: new ort.Tensor("float32", Float32Array.of(0.5), [1]) };
    raws.push([label, async () => { const t = performance.now(); await s.run(feeds); return performance.now() - t; }]);
  }
  const read = readOnnx(bytes, { inputShapes: { x: shape, alpha_bar: [1] } });
  console.log("nodes", read.graph.nodes.length);
  const net = (a: Tensor, b: Tensor): Tensor => a.trace.emit("Function", [a, b], { name: "net", body: read.graph, evaluations: 1 });
  const im = { shape, dtype: "float32" } as const, sc = { shape: [1], dtype: "float32" } as const;
  const predict = trace((a, b) => { const e = net(a!, b!); return [e, a!.sub(e.mul(0.3)).div(0.9)]; }, [im, sc]);
  const update = trace((a, e, x0, z) => { let v = x0!; for (let i = 0; i < 10; i++) v = v.mul(0.9).add(a!.mul(0.1)).sub(e!.mul(0.01)).maximum(-1).minimum(1).add(z!.mul(0.001)); return [v, v.sub(x0!).square().mean()]; }, [im, im, im, im]);
  const configs = { during: { spinning: "during-run" }, always: { spinning: "always" }, never: { spinning: "never" }, noarena: { memoryArena: false }, nopattern: { memoryPattern: false }, extended: { graphOptimization: "extended" }, t1: { threads: 1 } } as const;
  const runs: [string, () => Promise<number[]>][] = [];
  for (const [label, o] of Object.entries(configs)) {
    const backend = await createOnnxBackend({ ...cpuOptions.parse({ threads: 2, ...o }), prefer: ["cpu"] }, console.log);
    let t = performance.now();
    const P = await backend.compile(predict); const cp = performance.now() - t; t = performance.now();
    const U = await backend.compile(update); const cu = performance.now() - t;
    console.log(label, backend.description, "compile predict", cp.toFixed(0), "update", cu.toFixed(0));
    const xt = await backend.upload({ shape, dtype: "float32", data: x }); const al = await backend.upload({ shape: [1], dtype: "float32", data: Float32Array.of(0.5) });
    runs.push([label, async () => {
      const t0 = performance.now();
      const [e, x0] = await P.run([xt, al]); const t1 = performance.now();
      let c = 0; for (let i = 0; i < 196608; i++) c += Math.log(i + 1) * Math.cos(i); // host noise
      const t2 = performance.now();
      const z = await backend.upload({ shape, dtype: "float32", data: x });
      const [v, m] = await U.run([xt, e!, x0!, z]); await m!.read(); const t3 = performance.now();
      for (const q of [e!, x0!, z, v!, m!]) q[Symbol.dispose]();
      return [t1 - t0, t2 - t1, t3 - t2, t3 - t0, c * 0];
    }]);
  }
  const best = new Map<string, number[]>();
  for (let round = 0; round < Number(process.env.ROUNDS ?? 8); round++) {
    for (const [l, f] of raws) { const t = await f(); best.set(l, [Math.min(best.get(l)?.[0] ?? 1e9, t)]); }
    for (const [l, f] of runs) { const t = await f(); best.set(l, t.map((v, i) => Math.min(best.get(l)?.[i] ?? 1e9, v))); }
  }
  for (const [l, v] of best) console.log(l.padEnd(12), v.map((q) => q.toFixed(1)).join("  "));
}, 500000);
