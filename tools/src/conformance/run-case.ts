import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { equalShapes, isLeaderError, optimize, type Backend, type Graph, type HostTensor } from "@leader/graph";
import { decodeModel, inspectOnnx, readOnnx } from "@leader/graph/onnx";
import { readDataSet, type Case, type DataSet } from "./cases.js";

/** `unsupported`: the reader or the backend says beforehand that it lacks something. */
export type Outcome = { readonly kind: "passed" } | { readonly kind: "unsupported" | "failed"; readonly reason: string };

export interface CaseResult {
  readonly name: string;
  /** Operations of the model. */
  readonly ops: readonly string[];
  readonly outcome: Outcome;
}

/** Largest difference from an expected number: 1e-3 of it, and 1e-5. */
const relativeTolerance = 1e-3;
const absoluteTolerance = 1e-5;

/** Which inputs become part of the graph: none, then those that are integers or scalars (as exporters write shapes and bounds), then all. */
const fixings: readonly ((value: HostTensor) => boolean)[] = [
  () => false,
  (value) => value.dtype !== "float32" || value.data.length <= 1,
  () => true,
];

/** Runs all data sets of a case; the first that does not pass decides. */
export async function runCase(test: Case, backend: Backend): Promise<CaseResult> {
  const bytes = await readFile(join(test.folder, "model.onnx"));
  let outcome: Outcome = { kind: "unsupported", reason: "no test data" };
  for (const folder of test.dataSets) {
    outcome = await runDataSet(bytes, await readDataSet(folder), backend);
    if (outcome.kind !== "passed") break;
  }
  return { name: test.name, ops: operationsOf(bytes), outcome };
}

function operationsOf(bytes: Uint8Array): readonly string[] {
  try {
    return Object.keys(inspectOnnx(bytes).operations);
  } catch {
    return decodeModel(bytes, "model.onnx").graph?.node.map((node) => node.opType) ?? [];
  }
}

async function runDataSet(bytes: Uint8Array, data: DataSet, backend: Backend): Promise<Outcome> {
  const [inputs, outputs] = [allTensors(data.inputs), allTensors(data.outputs)];
  if (inputs === undefined || outputs === undefined)
    return { kind: "unsupported", reason: "test data that is not a tensor of a known type" };
  let last: Outcome = { kind: "failed", reason: "not run" };
  for (const fixed of fixings) {
    last = await attempt(bytes, inputs, outputs, fixed, backend);
    if (last.kind !== "unsupported") return last;
  }
  return last;
}

const allTensors = (values: readonly (HostTensor | undefined)[]): readonly HostTensor[] | undefined =>
  values.every((value) => value !== undefined) ? values : undefined;

async function attempt(
  bytes: Uint8Array,
  inputs: readonly HostTensor[],
  expected: readonly HostTensor[],
  fixed: (value: HostTensor) => boolean,
  backend: Backend,
): Promise<Outcome> {
  try {
    const names = decodeModel(bytes, "model.onnx").graph!.input.map((input) => input.name);
    const values = new Map(inputs.map((value, i) => [names[i]!, value] as const));
    const constants = Object.fromEntries([...values].filter(([, value]) => fixed(value)));
    const inputShapes = Object.fromEntries([...values].filter(([, value]) => !fixed(value)).map(([name, { shape }]) => [name, shape]));
    const graph = optimize(readOnnx(bytes, { constants, inputShapes, fileName: "model.onnx" }).graph);
    const [missing] = backend.unsupported(graph);
    if (missing !== undefined) return { kind: "unsupported", reason: `the backend lacks ${missing.op}: ${missing.reason}` };
    const results = await compute(
      backend,
      graph,
      graph.params.map((param) => values.get(param.name)!),
    );
    const problem = results.map((result, i) => difference(result, expected[i]!)).find((text) => text !== undefined);
    return problem === undefined ? { kind: "passed" } : { kind: "failed", reason: problem };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return { kind: isLeaderError(error) && error.code === "LEADER_ONNX_UNSUPPORTED" ? "unsupported" : "failed", reason };
  }
}

async function compute(backend: Backend, graph: Graph, inputs: readonly HostTensor[]): Promise<readonly HostTensor[]> {
  await using executable = await backend.compile(graph);
  const uploaded = await Promise.all(inputs.map((input) => backend.upload(input)));
  const outputs = await executable.run(uploaded);
  const results: HostTensor[] = [];
  for (const output of outputs) results.push(await output.read());
  for (const tensor of [...uploaded, ...outputs]) tensor[Symbol.dispose]();
  return results;
}

function difference(actual: HostTensor, expected: HostTensor): string | undefined {
  if (actual.dtype !== expected.dtype || !equalShapes(actual.shape, expected.shape)) {
    return `expected ${expected.dtype}[${expected.shape.join(",")}], received ${actual.dtype}[${actual.shape.join(",")}]`;
  }
  const wrong = expected.data.findIndex((want, i) => !agrees(actual.data[i]!, want));
  return wrong < 0 ? undefined : `element ${wrong}: expected ${expected.data[wrong]!}, received ${actual.data[wrong]!}`;
}

function agrees(got: number, want: number): boolean {
  if (Number.isNaN(got) || Number.isNaN(want)) return Number.isNaN(got) && Number.isNaN(want);
  return got === want || Math.abs(got - want) <= relativeTolerance * Math.abs(want) + absoluteTolerance;
}
