import { expect } from "vitest";
import type { Backend, Executable } from "../backend.js";
import { isLeaderError } from "../errors.js";
import type { Graph } from "../ir/graph.js";
import { toReference } from "../ir/reference-value.js";
import { evaluateGraph } from "../reference/interpret.js";
import type { DeviceTensor, HostTensor } from "../values.js";
import type { OpCase } from "./op-cases/op-case.js";
import { expectClose } from "./tolerance.js";

/** Compiles, runs once and compares all outputs with the interpreter. */
export async function expectSame(backend: Backend, graph: Graph, inputs: OpCase["inputs"], tolerance: number): Promise<void> {
  const executable = await backend.compile(graph);
  const actual = await runOnce(backend, executable, inputs);
  await executable[Symbol.asyncDispose]();
  const expected = evaluateGraph(graph, inputs.map(toReference));
  expect(actual).toHaveLength(expected.length);
  expected.forEach((value, i) => expectClose(actual[i]!, value, tolerance));
}

export async function runOnce(backend: Backend, executable: Executable, inputs: readonly HostTensor[]): Promise<readonly HostTensor[]> {
  const uploaded = await Promise.all(inputs.map((input) => backend.upload(input)));
  const outputs = await executable.run(uploaded);
  const results: HostTensor[] = [];
  for (const output of outputs) results.push(await output.read());
  for (const tensor of [...uploaded, ...outputs]) tensor[Symbol.dispose]();
  return results;
}

export async function valuesOf(tensors: readonly DeviceTensor[]): Promise<readonly (readonly number[])[]> {
  const values: (readonly number[])[] = [];
  for (const tensor of tensors) {
    values.push([...(await tensor.read()).data]);
    tensor[Symbol.dispose]();
  }
  return values;
}

export async function expectCoded(action: Promise<unknown>, message = /./u): Promise<void> {
  const error: unknown = await action.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error, "expected an error").toBeDefined();
  expect(isLeaderError(error), `expected a coded error, received ${String(error)}`).toBe(true);
  expect(String(error)).toMatch(message);
}
