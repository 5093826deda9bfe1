import { readOnnx } from "../../core/dist/onnx/index.js";
import { optimize } from "../../core/dist/index.js";
import { readFileSync } from "node:fs";
import { createTfjsBackend } from "./dist/index.js";
import { createOnnxBackend } from "../onnx/dist/index.js";
const size = Number(process.argv[2] ?? 64); const runs = Number(process.argv[3] ?? 10);
const g = optimize(readOnnx(readFileSync(new URL("../../priors/photo/prior.onnx", import.meta.url)), { inputShapes: { x: [1,3,size,size], alpha_bar: [1] } }).graph);
const x = { shape: [1,3,size,size], dtype: "float32", data: Float32Array.from({ length: 3*size*size }, (_, i) => Math.sin(i * 12.9898) * 1.2) };
const a = { shape: [1], dtype: "float32", data: Float32Array.of(0.5) };
let ref;
for (const d of (process.argv[4] ?? "onnx,wasm").split(",")) {
  const b = d === "onnx" ? await createOnnxBackend({ prefer: ["cpu"], threads: Number(process.env.T ?? 2), graphOptimization: "all", memoryArena: true, memoryPattern: true, spinning: "during-run" }, { warn() {} }) : await createTfjsBackend({ prefer: [d] }, { warn() {} });
  const t0 = performance.now(); const e = await b.compile(g); const t1 = performance.now();
  const xs = [await b.upload(x), await b.upload(a)];
  const ms = []; let out;
  for (let i = 0; i < runs; i++) { const s = performance.now(); const [o] = await e.run(xs); out = (await o.read()).data; ms.push(performance.now() - s); o[Symbol.dispose](); }
  ms.shift(); ms.sort((p, q) => p - q);
  ref ??= out; let dmax = 0, m = 0; out.forEach((v, i) => { dmax = Math.max(dmax, Math.abs(v - ref[i])); m = Math.max(m, Math.abs(ref[i])); });
  console.log(b.description, `compile ${(t1 - t0).toFixed(0)} ms, min ${ms[0].toFixed(1)} median ${ms[ms.length >> 1].toFixed(1)} ms, max diff ${dmax.toExponential(2)} of ${m.toFixed(2)}`);
}
process.exit();
