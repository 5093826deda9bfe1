import { describe, expect, it } from "vitest";
import type { LinearOperator, SpectralForm } from "../contract/operator.js";
import { avalsOf, broadcastShapes, sizeOf, trace, type Aval, type Tensor } from "@leader/graph";
import { linearOperator } from "../linear/linear-operator.js";
import { dotTest } from "./dot-test.js";
import { combination, evaluator, innerProduct, norm, normalArray, relativeError } from "@leader/graph/testing";

export interface DescribeOperatorOptions {
  /** Default 0, 1, 2. */
  readonly seeds?: readonly number[];
  /** Largest relative error of an identity, for constants rounded to float32. Default 2e-5. */
  readonly tolerance?: number;
}

/**
 * Declares the conformance tests of one operator, in the float64 interpreter. Powers that the operator does not have are not
 * tested; everything that it claims is. Use a small image: the interpreter is slow.
 */
export function describeOperator(
  name: string,
  factory: () => LinearOperator,
  { seeds = [0, 1, 2], tolerance = 2e-5 }: DescribeOperatorOptions = {},
): void {
  describe(name, () => {
    const operator = factory();
    const { domain, range } = operator;
    const apply = evaluator((x) => operator.apply(x), [domain]);
    const adjoint = evaluator((y) => operator.adjoint(y), [range]);
    const image = (seed: number, role = "x"): Float64Array => normalArray(domain, seed, role);
    const measurement = (seed: number, role = "y"): Float64Array => normalArray(range, seed, role);
    /** Absolute size below which a result counts as zero: A may map everything to nearly nothing. */
    const floor = 1e-3;
    const expectClose = (actual: Float64Array, expected: Float64Array, limit = tolerance): void =>
      expect(relativeError(actual, expected, floor)).toBeLessThanOrEqual(limit);

    it("maps its domain to its range and back", () => {
      expect(outputType((x) => operator.apply(x), domain)).toEqual(plain(range));
      expect(outputType((y) => operator.adjoint(y), range)).toEqual(plain(domain));
    });

    it("passes the dot test", () => {
      dotTest(operator, { seeds, tolerance });
    });

    it("is linear by structure, with an adjoint that equals the derived one", () => {
      const derived = linearOperator({ name, domain, apply: (x) => operator.apply(x) });
      const derivedAdjoint = evaluator((y) => derived.adjoint(y), [range]);
      for (const seed of seeds) {
        const y = measurement(seed);
        expectClose(adjoint(y), derivedAdjoint(y));
      }
    });

    it("is linear by values", () => {
      for (const seed of seeds) {
        const [a, b] = [image(seed, "a"), image(seed, "b")];
        expectClose(apply(combination(2, a, -3, b)), combination(2, apply(a), -3, apply(b)), 1e-10);
      }
      expect(norm(apply(new Float64Array(sizeOf(domain.shape))))).toBe(0);
    });

    if (operator.measured !== undefined) describeMeasured(operator, seeds, expectClose);
    if (operator.pinv !== undefined) describePinv(operator, seeds, expectClose);
    if (operator.svd !== undefined) describeSvd(operator, operator.svd, seeds, expectClose);
    if (operator.proxL2 !== undefined) describeProx(operator, seeds, expectClose);
    if (operator.normalInverse !== undefined) describeNormalInverse(operator, seeds);
  });
}

type ExpectClose = (actual: Float64Array, expected: Float64Array, limit?: number) => void;

const plain = ({ shape, dtype }: Aval): Aval => ({ shape: [...shape], dtype });

function outputType(f: (x: Tensor) => Tensor, input: Aval): Aval {
  const graph = trace((x) => f(x), [input]);
  return plain(avalsOf(graph)[graph.outputs[0]!]!);
}

function describeMeasured(operator: LinearOperator, seeds: readonly number[], expectClose: ExpectClose): void {
  it("measures what `measured` says, and reads nothing else", () => {
    const { measured, domain, range, pinv } = operator;
    expect(measured!.shape.length).toBe(range.shape.length);
    // One mask may stand for all images and channels, not for several rows.
    expect(measured!.shape.every((n, axis) => n === range.shape[axis] || (axis < 2 && n === 1))).toBe(true);
    const places = range.shape.reduce<number[][]>((all, n) => all.flatMap((at) => Array.from({ length: n }, (_, i) => [...at, i])), [[]]);
    const flat = (at: readonly number[]): number => measured!.shape.reduce((sum, n, axis) => sum * n + (n === 1 ? 0 : at[axis]!), 0);
    const known = places.map((at) => measured!.data[flat(at)]!);
    const hidden = (y: Float64Array): Float64Array => y.map((value, i) => value * known[i]!);
    const apply = evaluator((x) => operator.apply(x), [domain]);
    const backward = [operator.adjoint.bind(operator), ...(pinv === undefined ? [] : [pinv])].map((f) => evaluator((y) => f(y), [range]));
    for (const seed of seeds) {
      const ax = apply(normalArray(domain, seed, "x"));
      expectClose(ax, hidden(ax), 0);
      const y = normalArray(range, seed, "y");
      for (const f of backward) expectClose(f(y), f(hidden(y)), 0);
    }
  });
}

function describePinv(operator: LinearOperator, seeds: readonly number[], expectClose: ExpectClose): void {
  const { domain, range } = operator;
  const apply = evaluator((x) => operator.apply(x), [domain]);
  const pinv = evaluator((y) => operator.pinv!(y), [range]);

  it("has a pseudo-inverse of its type", () => {
    expect(outputType((y) => operator.pinv!(y), range)).toEqual(plain(domain));
  });
  it("satisfies A A+ A = A and A+ A A+ = A+", () => {
    for (const seed of seeds) {
      const ax = apply(normalArray(domain, seed, "x"));
      expectClose(apply(pinv(ax)), ax);
      const back = pinv(normalArray(range, seed, "y"));
      expectClose(pinv(apply(back)), back);
    }
  });
  it("has symmetric projections A+ A and A A+", () => {
    for (const seed of seeds) {
      const [a, b] = [normalArray(domain, seed, "a"), normalArray(domain, seed, "b")];
      expectSymmetric((x) => pinv(apply(x)), a, b);
      const [p, q] = [normalArray(range, seed, "p"), normalArray(range, seed, "q")];
      expectSymmetric((y) => apply(pinv(y)), p, q);
    }
  });
}

function expectSymmetric(f: (x: Float64Array) => Float64Array, a: Float64Array, b: Float64Array): void {
  expect(Math.abs(innerProduct(f(a), b) - innerProduct(a, f(b)))).toBeLessThanOrEqual(1e-4 * norm(a) * norm(b));
}

function describeSvd(operator: LinearOperator, svd: SpectralForm, seeds: readonly number[], expectClose: ExpectClose): void {
  const { domain, range } = operator;
  const coefficientType: Aval = { shape: svd.shape, dtype: "float32" };
  const apply = evaluator((x) => operator.apply(x), [domain]);
  const [v, vt] = [evaluator((c) => svd.v(c), [coefficientType]), evaluator((x) => svd.vt(x), [domain])];
  const [u, ut] = [evaluator((c) => svd.u(c), [coefficientType]), evaluator((y) => svd.ut(y), [range])];
  const coefficients = (seed: number): Float64Array => normalArray(coefficientType, seed, "c");
  // Broadcast by the graph language itself, so that the shape is tested too.
  const expanded = (): Float64Array =>
    evaluator((c) => c.mul(0).add(c.trace.constant(svd.singularValues)), [coefficientType])(new Float64Array(sizeOf(svd.shape)));

  it("has as many singular values as pixels, none negative", () => {
    expect(sizeOf(svd.shape)).toBe(sizeOf(domain.shape));
    expect(broadcastShapes("singularValues", svd.shape, svd.singularValues.shape)).toEqual(svd.shape);
    expect(svd.singularValues.data.every((s) => s >= 0 && Number.isFinite(s))).toBe(true);
  });
  it("has an orthogonal V", () => {
    for (const seed of seeds) {
      const [x, c] = [normalArray(domain, seed, "x"), coefficients(seed)];
      expectClose(v(vt(x)), x);
      expectClose(vt(v(c)), c);
      expect(norm(vt(x)) / norm(x)).toBeCloseTo(1, 4);
      expect(innerProduct(v(c), x)).toBeCloseTo(innerProduct(c, vt(x)), 2);
    }
  });
  it("has orthonormal columns in U, on the coefficients with s > 0 only", () => {
    const seen = expanded().map((s) => (s > 0 ? 1 : 0));
    for (const seed of seeds) {
      const c = coefficients(seed);
      const kept = c.map((value, i) => value * seen[i]!);
      expectClose(u(c), u(kept), 1e-10);
      expectClose(ut(u(c)), kept);
      const y = normalArray(range, seed, "y");
      const spectrum = ut(y);
      expect(spectrum.every((value, i) => seen[i] === 1 || value === 0)).toBe(true);
      expect(innerProduct(u(c), y)).toBeCloseTo(innerProduct(c, spectrum), 2);
    }
  });
  it("reconstructs A and, where there is one, the pseudo-inverse", () => {
    const s = expanded();
    for (const seed of seeds) {
      const x = normalArray(domain, seed, "x");
      expectClose(u(vt(x).map((value, i) => value * s[i]!)), apply(x));
      if (operator.pinv === undefined) continue;
      const y = normalArray(range, seed, "y");
      const pinv = evaluator((value) => operator.pinv!(value), [range]);
      expectClose(pinv(y), v(ut(y).map((value, i) => (s[i]! > 0 ? value / s[i]! : 0))));
    }
  });
  it("has its norm as largest singular value", () => {
    const largest = expanded().reduce((a, b) => Math.max(a, b), 0);
    const estimate = normOf(operator, normalArray(domain, seeds[0]!, "power"));
    expect(estimate).toBeLessThanOrEqual(largest * (1 + 1e-4));
    expect(estimate).toBeGreaterThanOrEqual(largest * 0.95);
  });
}

/** ||A|| from below, by power iteration on A^T A from `start`. */
function normOf(operator: LinearOperator, start: Float64Array): number {
  const apply = evaluator((x) => operator.apply(x), [operator.domain]);
  const adjoint = evaluator((y) => operator.adjoint(y), [operator.range]);
  let x = start;
  let estimate = 0;
  for (let i = 0; i < 60; i++) {
    const length = norm(x);
    x = x.map((value) => value / length);
    const ax = apply(x);
    estimate = norm(ax);
    x = adjoint(ax);
  }
  return estimate;
}

function describeProx(operator: LinearOperator, seeds: readonly number[], expectClose: ExpectClose): void {
  const { domain, range } = operator;
  const scalar: Aval = { shape: [], dtype: "float32" };
  const prox = evaluator((z, y, rho) => operator.proxL2!(z, y, rho), [domain, range, scalar]);
  const apply = evaluator((x) => operator.apply(x), [domain]);
  const adjoint = evaluator((y) => operator.adjoint(y), [range]);

  it("has a proximal map that minimises its objective: A^T (A x - y) + rho (x - z) = 0", () => {
    for (const seed of seeds) {
      const [z, y] = [normalArray(domain, seed, "z"), normalArray(range, seed, "y")];
      for (const rho of [0.01, 0.3, 5]) {
        const x = prox(z, y, Float64Array.of(rho));
        const pull = adjoint(combination(1, apply(x), -1, y));
        const gradient = combination(1, pull, rho, combination(1, x, -1, z));
        expect(norm(gradient) / (norm(adjoint(y)) + rho * norm(z))).toBeLessThanOrEqual(1e-4);
      }
    }
  });
  it("has a proximal map between the prior (rho large) and the data (rho small)", () => {
    for (const seed of seeds) {
      const [z, y] = [normalArray(domain, seed, "z"), normalArray(range, seed, "y")];
      expectClose(prox(z, y, Float64Array.of(1e10)), z, 1e-4);
      if (operator.pinv === undefined) continue;
      const pinv = evaluator((value) => operator.pinv!(value), [range]);
      const projected = combination(1, z, 1, pinv(combination(1, y, -1, apply(z))));
      expectClose(prox(z, y, Float64Array.of(1e-12)), projected, 1e-3);
    }
  });
}

function describeNormalInverse({ normalInverse, range }: LinearOperator, seeds: readonly number[]): void {
  it("has an approximate inverse that is symmetric and positive definite", () => {
    const inverse = evaluator((u, rho) => normalInverse!(u, rho), [range, { shape: [], dtype: "float32" }]);
    for (const seed of seeds) {
      const [a, b] = [normalArray(range, seed, "a"), normalArray(range, seed, "b")];
      for (const rho of [1e-3, 0.1, 3].map((value) => Float64Array.of(value))) {
        const energy = innerProduct(a, inverse(a, rho));
        expect(energy).toBeGreaterThan(0);
        expect(Math.abs(innerProduct(inverse(a, rho), b) - innerProduct(a, inverse(b, rho)))).toBeLessThanOrEqual(1e-4 * energy);
      }
    }
  });
}
