import { existsSync, readFileSync, statSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { fromBinary } from "@bufbuild/protobuf";
import { TensorProtoSchema } from "onnx-buf";
import { describe, expect, it } from "vitest";
import type { HostTensor } from "../src/values.js";
import { isLeaderError } from "../src/errors.js";
import { decodeModel, readOnnx, tensorFromProto } from "../src/onnx/index.js";
import { interpret } from "../src/reference/index.js";
import { deviations } from "./onnx-deviations.js";
import { readFolder, readTarGz } from "./tar.js";

/** An archive or a folder of the project's cases; docs/backends.md says how to get them. */
const source =
  process.env["LEADER_ONNX_CASES"] ?? fileURLToPath(new URL("../../../../shared/conformance/onnx-backend-tests.tar.gz", import.meta.url));

/** What the project says a backend must reach. */
const RELATIVE = 1e-3;
const ABSOLUTE = 1e-5;

/** Passed when this list was last looked through; more is welcome. */
const LEAST_PASSED = 845;

interface Case {
  readonly name: string;
  readonly model: Uint8Array;
  readonly inputs: readonly (HostTensor | undefined)[];
  readonly outputs: readonly (HostTensor | undefined)[];
}

type Outcome = { readonly kind: "passed" } | { readonly kind: "unsupported" | "failed"; readonly reason: string };

function readCases(files: ReadonlyMap<string, Uint8Array>): Case[] {
  return [...files].flatMap(([path, model]) => {
    const match = /(.*)\/model\.onnx$/.exec(path);
    if (match === null) return [];
    const tensors = (kind: string): (HostTensor | undefined)[] => {
      const found: (HostTensor | undefined)[] = [];
      for (let bytes, i = 0; (bytes = files.get(`${match[1]!}/test_data_set_0/${kind}_${i}.pb`)) !== undefined; i++)
        found.push(readTensor(bytes));
      return found;
    };
    return [{ name: match[1]!, model, inputs: tensors("input"), outputs: tensors("output") }];
  });
}

/** Undefined for sequences, optionals and element types that the reader has not. */
function readTensor(bytes: Uint8Array): HostTensor | undefined {
  try {
    return tensorFromProto(fromBinary(TensorProtoSchema, bytes), { file: "test data" });
  } catch {
    return undefined;
  }
}

/** Which inputs become part of the graph: none, those that are integers or scalars (as exporters write shapes and bounds), all. */
const fixings: readonly ((value: HostTensor) => boolean)[] = [
  () => false,
  (value) => value.dtype !== "float32" || value.data.length <= 1,
  () => true,
];

function runCase(test: Case): Outcome {
  if ([...test.inputs, ...test.outputs].includes(undefined))
    return { kind: "unsupported", reason: "test data that is not a tensor of a known type" };
  let last: Outcome = { kind: "failed", reason: "not run" };
  for (const fixed of fixings) {
    last = attempt(test, fixed);
    if (last.kind !== "unsupported") return last;
  }
  return last;
}

function attempt(test: Case, fixed: (value: HostTensor) => boolean): Outcome {
  try {
    const names = decodeModel(test.model, test.name).graph!.input.map((input) => input.name);
    const values = new Map(test.inputs.map((value, i) => [names[i]!, value!] as const));
    const constants = Object.fromEntries([...values].filter(([, value]) => fixed(value)));
    const inputShapes = Object.fromEntries([...values].filter(([, value]) => !fixed(value)).map(([name, { shape }]) => [name, shape]));
    const { graph } = readOnnx(test.model, { constants, inputShapes, fileName: test.name });
    const results = interpret(
      graph,
      graph.params.map((param) => values.get(param.name)!),
    );
    const problem = results.map((result, i) => difference(result, test.outputs[i]!)).find((text) => text !== undefined);
    return problem === undefined ? { kind: "passed" } : { kind: "failed", reason: problem };
  } catch (error) {
    if (isLeaderError(error) && error.code === "LEADER_ONNX_UNSUPPORTED") return { kind: "unsupported", reason: error.message };
    return { kind: "failed", reason: isLeaderError(error) ? error.message : String(error instanceof Error ? error.stack : error) };
  }
}

function difference(actual: HostTensor, expected: HostTensor): string | undefined {
  if (actual.dtype !== expected.dtype || actual.shape.join() !== expected.shape.join()) {
    return `expected ${expected.dtype}[${expected.shape.join(",")}], received ${actual.dtype}[${actual.shape.join(",")}]`;
  }
  const wrong = expected.data.findIndex((want, i) => {
    const got = actual.data[i]!;
    return !(
      Object.is(got, want) ||
      got === want ||
      (Number.isNaN(got) && Number.isNaN(want)) ||
      Math.abs(got - want) <= RELATIVE * Math.abs(want) + ABSOLUTE
    );
  });
  return wrong < 0 ? undefined : `element ${wrong}: expected ${expected.data[wrong]!}, received ${actual.data[wrong]!}`;
}

describe.skipIf(!existsSync(source))(`the ONNX project's own cases (skipped without ${source}; see docs/backends.md)`, () => {
  it("reads and computes those of its operations", { timeout: 120_000 }, () => {
    const cases = readCases(statSync(source).isDirectory() ? readFolder(source) : readTarGz(readFileSync(source)));
    const outcomes = cases.map((test) => {
      return { test, outcome: runCase(test) };
    });
    const of = (kind: Outcome["kind"]): typeof outcomes => outcomes.filter(({ outcome }) => outcome.kind === kind);
    const failures = of("failed")
      .filter(({ test }) => !Object.hasOwn(deviations, test.name))
      .map(({ test, outcome }) => `${test.name}: ${outcome.kind === "passed" ? "" : outcome.reason}`);
    console.log(
      `ONNX cases: ${of("passed").length} passed, ${failures.length} failed, ${of("unsupported").length} of ${cases.length} use operations or types outside the reader`,
    );
    if (process.env.ONNX_CASES === "list") {
      console.log(failures.join("\n"));
      console.log(
        of("unsupported")
          .map(({ test, outcome }) => `${test.name}: ${outcome.kind === "passed" ? "" : outcome.reason}`)
          .join("\n"),
      );
    }
    expect(failures).toEqual([]);
    expect(of("passed").length).toBeGreaterThanOrEqual(LEAST_PASSED);
  });
});
