import { expect } from "vitest";
import type { HostTensor } from "../values.js";
import { formatAval } from "../ir/format.js";
import type { OpName } from "../ir/op-attrs.js";
import type { ReferenceValue } from "../ir/op-def.js";

/** Ops that sum many terms: their rounding errors grow with the number of terms. */
const summing: ReadonlySet<OpName> = new Set<OpName>([
  "ReduceSum",
  "ReduceMean",
  "ReduceProd",
  "CumSum",
  "Softmax",
  "Standardize",
  "ScatterAdd",
  "MatMul",
  "Conv",
  "ConvTranspose",
  "Resize",
  "DFT",
  "Function",
]);

/** Largest error of one op in float32, relative to the largest element of the result: 1e-6 elementwise, 1e-5 for sums. */
export const toleranceOf = (op: OpName): number => (summing.has(op) ? 1e-5 : 1e-6);

/** The result of a backend equals the interpreter's up to `tolerance` times its largest element; NaN, infinities, integers and booleans exactly. */
export function expectClose(actual: HostTensor, expected: ReferenceValue, tolerance: number): void {
  expect(formatAval(actual)).toBe(formatAval(expected));
  expect(actual.data.length).toBe(expected.data.length);
  const finite = Array.from(expected.data, Math.abs).filter((x) => Number.isFinite(x));
  const limit = tolerance * finite.reduce((a, b) => Math.max(a, b), 0);
  const wrong = actual.data.findIndex((x, i) => !agrees(x, expected.data[i]!, expected.dtype === "float32" ? limit : 0));
  if (wrong < 0) return;
  const received = `${actual.data[wrong]!} instead of ${expected.data[wrong]!}`;
  expect.fail(`element ${wrong} of ${formatAval(expected)}: ${received} (allowed difference ${limit.toExponential(1)})`);
}

function agrees(x: number, y: number, limit: number): boolean {
  if (Number.isNaN(x) || Number.isNaN(y)) return Number.isNaN(x) && Number.isNaN(y);
  return x === y || Math.abs(x - y) <= limit;
}
