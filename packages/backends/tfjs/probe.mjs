// temporary
import { createServer } from "node:http";
import { opCases } from "../../core/dist/testing/op-cases/all.js";
import { backendCases } from "../../core/dist/testing/op-cases/backend.js";
import { traceCase } from "../../core/dist/testing/op-cases/op-case.js";
import { evaluateGraph, toReference } from "../../core/dist/reference/index.js";
import { createTfjsBackend } from "./dist/index.js";
import { spawnSync } from "node:child_process";
const device = process.argv[2] ?? "wasm"; let start = Number(process.argv[3] ?? 0);
const summing = new Set(["ReduceSum","ReduceMean","ReduceProd","CumSum","Softmax","Standardize","ScatterAdd","MatMul","Conv","ConvTranspose","Resize","DFT","Function"]);
const all = Object.keys(opCases).flatMap((op) => [...opCases[op], ...(backendCases[op] ?? [])].map((c) => ({ op, c })));
const backend = await createTfjsBackend({ prefer: [device] }, { warn() {} });
if (start === 0) console.log(backend.description);
for (let i = start; i < all.length; i++) {
  const { op, c } = all[i]; const graph = traceCase(c);
  let problem;
  try {
    const ex = await backend.compile(graph);
    const ups = []; for (const x of c.inputs) ups.push(await backend.upload(x));
    const outs = await ex.run(ups);
    const expected = evaluateGraph(graph, c.inputs.map(toReference));
    for (const [k, o] of outs.entries()) {
      const got = await o.read(); const want = expected[k];
      if (got.data.constructor.name !== { float32: "Float32Array", int32: "Int32Array", bool: "Uint8Array" }[want.dtype]) problem = "type " + got.data.constructor.name;
      const lim = (summing.has(op) ? 1e-5 : 1e-6) * Math.max(0, ...Array.from(want.data, Math.abs).filter(Number.isFinite));
      let worst = 0, at = -1;
      want.data.forEach((w, j) => { const g = got.data[j]; const ok = Object.is(g, w) || g === w || (Number.isNaN(g) && Number.isNaN(w)) || Math.abs(g - w) <= (want.dtype === "float32" ? lim : 0); if (!ok && at < 0) { at = j; } });
      if (at >= 0) problem = `element ${at}: ${got.data[at]} instead of ${want.data[at]} (limit ${lim.toExponential(1)})`;
      if (got.data.length !== want.data.length) problem = "length " + got.data.length;
    }
    await ex[Symbol.asyncDispose]();
  } catch (e) { problem = "THROWS " + e.message; }
  if (problem) { console.log(`${op}: ${c.name}: ${problem.slice(0, 220)}`); if (/memory access|unreachable|table index/.test(problem)) { spawnSync(process.execPath, [import.meta.filename, device, String(i + 1)], { stdio: "inherit" }); process.exit(); } }
}
process.exit();
