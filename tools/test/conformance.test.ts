import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { create, toBinary } from "@bufbuild/protobuf";
import { TensorProtoSchema } from "onnx-buf";
import { trace, type Graph, type HostTensor, type Tensor } from "@leader/graph";
import { referenceBackend } from "@leader/graph/reference";
import { tensorToProto, writeOnnx } from "@leader/graph/onnx";
import { afterAll, beforeAll, expect, it } from "vitest";
import { deviations } from "../../packages/graph/test/onnx-deviations.js";
import { findCases } from "../src/conformance/cases.js";
import { explain } from "../src/conformance/explained.js";
import { formatReport, tally } from "../src/conformance/report.js";
import { runCase, type CaseResult } from "../src/conformance/run-case.js";

let root = "";
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "leader-conformance-"));
});
afterAll(() => rm(root, { recursive: true, force: true }));

it("explains what the reader's own test lists as a deviation", () => {
  expect(Object.keys(deviations).filter((name) => explain(name, "reference") === undefined)).toEqual([]);
});

const vector = (...data: readonly number[]): HostTensor => ({ shape: [data.length], dtype: "float32", data: Float32Array.from(data) });
const graphOf = (build: (x: Tensor) => Tensor): Graph => trace((x) => build(x), [vector(0, 0)], ["x"]);

async function writeCase(name: string, graph: Graph, input: Uint8Array, expected: HostTensor): Promise<void> {
  const data = join(root, name, "test_data_set_0");
  await mkdir(data, { recursive: true });
  await writeFile(join(root, name, "model.onnx"), writeOnnx(graph, { name }).model);
  await writeFile(join(data, "input_0.pb"), input);
  await writeFile(join(data, "output_0.pb"), bytesOf(expected));
}
const bytesOf = (value: HostTensor): Uint8Array => toBinary(TensorProtoSchema, tensorToProto("value", value));

async function runAllCases(): Promise<readonly CaseResult[]> {
  await using backend = referenceBackend();
  const results: CaseResult[] = [];
  for (const test of await findCases(root)) results.push(await runCase(test, backend));
  return results;
}

it("runs every case of a folder, and tells what failed from what cannot be read", async () => {
  const x = bytesOf(vector(1, 4));
  await writeCase(
    "node/test_sqrt",
    graphOf((t) => t.sqrt()),
    x,
    vector(1, 2),
  );
  await writeCase(
    "node/test_sqrt_wrong",
    graphOf((t) => t.sqrt()),
    x,
    vector(1, 2.1),
  );
  await writeCase(
    "node/test_sqrt_shape",
    graphOf((t) => t.sqrt()),
    x,
    vector(1, 2, 3),
  );
  // An element type that no version of the format has.
  const broken = toBinary(TensorProtoSchema, create(TensorProtoSchema, { dims: [2n], dataType: 99 }));
  await writeCase(
    "other/test_type",
    graphOf((t) => t.abs()),
    broken,
    vector(1, 4),
  );

  const results = await runAllCases();
  expect(results.map(({ name, outcome }) => [name, outcome.kind])).toEqual([
    ["node/test_sqrt", "passed"],
    ["node/test_sqrt_shape", "failed"],
    ["node/test_sqrt_wrong", "failed"],
    ["other/test_type", "unsupported"],
  ]);
  expect(results[2]).toMatchObject({
    ops: ["Sqrt"],
    outcome: { reason: expect.stringMatching(/^element 1: expected 2\.09.*, received 2$/u) as string },
  });
  expect(tally(results)).toEqual({ passed: 1, failed: 2, unsupported: 1 });
  const report = formatReport([{ backend: "reference", description: "interpreter", results }]);
  expect(report).toMatch(/^Sqrt +1\/3$/mu);
  expect(report).toMatch(/^Abs +0\/0 \(1\)$/mu);
  expect(report).toContain("reference: node/test_sqrt_wrong: element 1");
  expect(report).toContain("NOT EXPLAINED");
});
