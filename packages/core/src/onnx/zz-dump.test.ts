import { it } from "vitest";
import { mkdirSync, writeFileSync } from "node:fs";
import { opCases } from "/work/main/packages/core/src/testing/op-cases/all.js";
import { backendCases } from "/work/main/packages/core/src/testing/op-cases/backend.js";
import { traceCase } from "/work/main/packages/core/src/testing/op-cases/op-case.js";
import { networkGraph } from "/work/main/packages/core/src/testing/network-graph.js";
import { writeOnnx } from "/work/main/packages/core/src/onnx/write.js";
it("dumps", () => {
  mkdirSync("/tmp/dump", { recursive: true });
  let n = 0;
  for (const opset of [20, 21] as const) for (const [op, cases] of Object.entries(opCases)) for (const c of [...cases, ...((backendCases as any)[op] ?? [])]) writeFileSync(`/tmp/dump/${opset}-${op}-${n++}.onnx`, writeOnnx(traceCase(c), { name: op, opset }).model);
  writeFileSync("/tmp/dump/network.onnx", writeOnnx(networkGraph().graph, { name: "net" }).model);
});
