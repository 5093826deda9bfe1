import { describe, expect, it } from "vitest";
import { evaluator } from "@leader/graph/testing";
import type { Tree } from "../tree.js";
import type { Tensor } from "@leader/graph";
import { adam } from "./adam.js";
import { hamiltonian, langevin } from "./langevin.js";
import { descend, type Optimiser } from "./optimiser.js";
import { sgd } from "./sgd.js";

const line = { shape: [3], dtype: "float32" } as const;
const start = Float64Array.of(1, -2, 0.5);
const curvature = [0.5, 1, 2];

/** The end of a descent on sum_i curvature_i x_i^2 / 2, traced, and the list of its points from plain numbers. */
const traced = <S extends Tree<Tensor>>(steps: number, optimiser: (x: Tensor) => Optimiser<S>): Float64Array =>
  evaluator(
    (x) => {
      const c = x.trace.constant({ ...line, data: Float32Array.from(curvature) });
      return descend({ start: x, steps, optimiser: optimiser(x), gradient: (at) => at.mul(c) });
    },
    [line],
  )(start);

/** One coordinate at a time. */
const restated = (steps: number, move: (x: number, gradient: number, k: number) => number, reset: () => void): Float64Array =>
  start.map((x0, i) => {
    reset();
    let x = x0;
    for (let k = 1; k <= steps; k++) x = move(x, curvature[i]! * x, k);
    return x;
  });

const close = (a: Float64Array, b: Float64Array): void => a.forEach((value, i) => expect(value).toBeCloseTo(b[i]!, 5));

describe("the inner optimisers follow their formulas", () => {
  it("adam, bias-corrected", () => {
    let m = 0;
    let v = 0;
    const move = (x: number, g: number, k: number): number => {
      m = 0.9 * m + 0.1 * g;
      v = 0.99 * v + 0.01 * g * g;
      return x - (0.1 * (m / (1 - 0.9 ** k))) / (Math.sqrt(v / (1 - 0.99 ** k)) + 1e-3);
    };
    const expected = restated(9, move, () => void ([m, v] = [0, 0]));
    close(
      traced(9, () => adam({ rate: 0.1, beta2: 0.99, epsilon: 1e-3 })),
      expected,
    );
    close(
      traced(9, (x) => adam({ rate: x.trace.scalar(0.2, "float32").mul(0.5), beta2: 0.99, epsilon: 1e-3 })),
      expected,
    );
  });

  it("adam's first step has the length of the rate whatever the gradient", () => {
    traced(1, () => adam({ rate: 0.1 })).forEach((x, i) => expect(Math.abs(x - start[i]!)).toBeCloseTo(0.1, 5));
  });

  it("sgd with momentum, stable up to 2 (1 + momentum) over the curvature", () => {
    let b = 0;
    const move = (x: number, g: number, k: number): number => x - 0.3 * (b = k === 1 ? g : 0.9 * b + g);
    close(
      traced(12, () => sgd({ rate: 0.3, momentum: 0.9 })),
      restated(12, move, () => void (b = 0)),
    );
    const end = (rate: number): number => Math.abs(traced(400, () => sgd({ rate, momentum: 0.5 }))[2]!);
    expect(end(1.4)).toBeLessThan(1e-6);
    expect(end(1.6)).toBeGreaterThan(1e3);
  });

  it("langevin and hamiltonian draw once per step", () => {
    const drawn: (number | "start")[] = [];
    const noise = (x: Tensor) => (step: number | "start") => {
      drawn.push(step);
      return x.mul(0).add(step === "start" ? 0.5 : step + 1);
    };
    const walk = (x: number, g: number, k: number): number => x - 0.1 * g + Math.sqrt(0.2) * k;
    close(
      traced(3, (x) => langevin({ rate: 0.1, noise: noise(x) })),
      restated(3, walk, () => undefined),
    );
    let u = 0.5;
    const kick = (x: number, g: number, k: number): number => {
      u = 0.4 * u - Math.sqrt(0.1) * g + Math.sqrt(1.2) * k;
      return x + Math.sqrt(0.1) * u;
    };
    close(
      traced(2, (x) => hamiltonian({ rate: x.trace.scalar(0.1, "float32"), memory: 0.4, noise: noise(x) })),
      restated(2, kick, () => void (u = 0.5)),
    );
    expect(drawn).toEqual([0, 1, 2, "start", 0, 1]);
  });
});
