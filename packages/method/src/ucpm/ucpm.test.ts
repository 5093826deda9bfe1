import { trace, type Aval } from "@leader/core";
import { evaluateGraph } from "@leader/graph/reference";
import { createStage, evaluator, norm, normalArray } from "@leader/core/testing";
import { describe, expect, it } from "vitest";
import { charbonnierTv } from "./charbonnier-tv.js";
import { laplacian } from "./laplacian.js";
import type { Penalty } from "./penalty.js";
import { aStep } from "./test-step.js";
import { tikhonov } from "./tikhonov.js";
import { ucpm, ucpmModulator } from "./ucpm.js";

type Options = Parameters<typeof ucpmModulator>[0];
const [height, width] = [5, 7];
const image: Aval = { shape: [1, 2, height, width], dtype: "float32" };
const map: Aval = { shape: [1, 1, height, width], dtype: "float32" };
const n = height * width;
const defaults: Options = ucpm.options.parse({ epsilon: 0.1 });
const phis = ["charbonnier-tv", "tikhonov", "laplacian"] as const;

const penalties: Readonly<Record<string, Penalty>> = {
  "charbonnier-tv, coupled": charbonnierTv({ weight: 1.5, epsilon: 0.1, colour: "coupled" }),
  "charbonnier-tv, separate": charbonnierTv({ weight: 1.5, epsilon: 0.1, colour: "separate" }),
  tikhonov: tikhonov({ weight: 1.5 }),
  laplacian: laplacian({ weight: 1.5 }),
};

/** xbar of x0 and Sigma. */
function modulated(options: Partial<Options>, x0: Float64Array, variance: Float64Array, type = image, varianceType = map): Float64Array {
  const modulator = ucpmModulator({ ...defaults, ...options });
  const graph = trace((x, uncertainty) => modulator.modulate(...aStep({ x0: x, uncertainty }), {}).prior.x0, [type, varianceType]);
  const values = [
    { ...type, data: x0 },
    { ...varianceType, data: variance },
  ];
  return Float64Array.from(evaluateGraph(graph, values)[0]!.data);
}
const constant = (value: number, count = n): Float64Array => new Float64Array(count).fill(value);
const difference = (a: Float64Array, b: Float64Array): number => norm(a.map((value, i) => value - b[i]!));
const x0 = normalArray(image, 1, "x0");

/** Phi, written without the graph language. */
function phiOf(name: string, x: Float64Array): number {
  const at = (c: number, r: number, q: number): number => x[c * n + r * width + q]!;
  let sum = 0;
  for (let r = 0; r < height; r++) {
    for (let q = 0; q < width; q++) {
      const squares = [0, 1].map((c) => {
        const dy = r + 1 < height ? at(c, r + 1, q) - at(c, r, q) : 0;
        const dx = q + 1 < width ? at(c, r, q + 1) - at(c, r, q) : 0;
        return dy * dy + dx * dx;
      }) as [number, number];
      const around = [0, 1].map((c) => {
        const inside = [
          [r - 1, q],
          [r + 1, q],
          [r, q - 1],
          [r, q + 1],
        ].filter(([i, j]) => i! >= 0 && i! < height && j! >= 0 && j! < width);
        return inside.reduce((total, [i, j]) => total + at(c, r, q) - at(c, i!, j!), 0);
      }) as [number, number];
      if (name === "charbonnier-tv, coupled") sum += Math.sqrt(squares[0] + squares[1] + 0.01);
      else if (name === "charbonnier-tv, separate") sum += Math.sqrt(squares[0] + 0.01) + Math.sqrt(squares[1] + 0.01);
      else if (name === "tikhonov") sum += (squares[0] + squares[1]) / 2;
      else sum += (around[0] ** 2 + around[1] ** 2) / 2;
    }
  }
  return 1.5 * sum;
}

describe.each(Object.entries(penalties))("penalty %s", (name, penalty) => {
  const gradient = evaluator((x) => penalty(x).gradient, [image]);
  const curvature = evaluator((x) => penalty(x).curvature.expand(image.shape), [image]);
  const hessian = evaluator((x, v) => penalty(x).hessian(v), [image, image]);
  const unit = (i: number): Float64Array => Float64Array.from({ length: 2 * n }, (_, j) => (i === j ? 1 : 0));

  it("has the gradient of its functional", () => {
    const slope = gradient(x0);
    for (let i = 0; i < 2 * n; i += 5) {
      const shifted = (h: number): number =>
        phiOf(
          name,
          x0.map((value, j) => (j === i ? value + h : value)),
        );
      expect(slope[i]).toBeCloseTo((shifted(1e-5) - shifted(-1e-5)) / 2e-5, 5);
    }
  });
  it("leaves a constant image alone: nothing is differenced across the border", () => {
    expect(norm(gradient(constant(0.7, 2 * n)))).toBeLessThan(1e-12);
  });
  it("has a symmetric Hessian, and a diagonal that dominates it by half its row sums", () => {
    const bound = curvature(x0);
    const rows = Array.from({ length: 2 * n }, (_, i) => hessian(x0, unit(i)));
    rows.forEach((row, i) => {
      row.forEach((value, j) => expect(value).toBeCloseTo(rows[j]![i]!, 10));
      const half = row.reduce((sum, value) => sum + Math.abs(value), 0) / 2;
      expect(bound[i]).toBeGreaterThanOrEqual(half - 1e-6);
      if (name === "laplacian") return;
      expect(bound[i]).toBeCloseTo(half, 6);
      expect(bound[i]).toBeCloseTo(row[i]!, 6);
    });
  });
});

describe("ucpm", () => {
  it.each(phis.flatMap((phi) => (["diagonal", "cg"] as const).map((hessian) => ({ phi, hessian }))))(
    "is the identity to the last bit where Sigma = 0: %j",
    (options) => {
      expect(modulated(options, x0, constant(0))).toEqual(x0);
      const some = Float64Array.from({ length: n }, (_, i) => (i < 10 ? 0 : 0.05));
      const result = modulated({ ...options, hessian: "diagonal" }, x0, some);
      expect(result.slice(0, 10)).toEqual(x0.slice(0, 10));
      expect(difference(result, x0)).toBeGreaterThan(1e-3);
    },
  );

  it("is the exact minimiser for tikhonov with constant Sigma", () => {
    const [variance, weight] = [0.3, 2];
    const expected = smoothedByCosines(x0, (eigenvalue) => 1 / (1 + variance * weight * eigenvalue));
    const received = modulated({ phi: "tikhonov", weight, hessian: "cg", iterations: 30 }, x0, constant(variance));
    expect(difference(received, expected) / norm(expected)).toBeLessThan(1e-6);
  });

  it("solves (Sigma^-1 + H) (x0 - xbar) = grad Phi with conjugate gradients, Sigma varying", () => {
    const variance = normalArray(map, 3, "variance").map((z) => 0.05 * z * z + 1e-3);
    for (const phi of phis) {
      const penalty = penalties[phi === "charbonnier-tv" ? "charbonnier-tv, coupled" : phi]!;
      const xbar = modulated({ phi, weight: 1.5, hessian: "cg", iterations: 200 }, x0, variance);
      const step = x0.map((value, i) => value - xbar[i]!);
      const gradient = evaluator((x) => penalty(x).gradient, [image])(x0);
      const curved = evaluator((x, v) => penalty(x).hessian(v), [image, image])(x0, step);
      const residual = step.map((d, i) => d / variance[i % n]! + curved[i]! - gradient[i]!);
      expect(norm(residual) / norm(gradient)).toBeLessThan(1e-4);
    }
  });

  it.each(phis)("corrects more where more is uncertain, and never amplifies: %s", (phi) => {
    for (const hessian of ["diagonal", "cg"] as const) {
      const sizes = [1e-4, 1e-3, 1e-2, 0.1, 1].map((variance) =>
        difference(modulated({ phi, hessian, iterations: 60 }, x0, constant(variance)), x0),
      );
      sizes.slice(1).forEach((size, i) => expect(size).toBeGreaterThan(sizes[i]!));
      const centred = (x: Float64Array): number =>
        norm(x.map((value, i) => value - x.subarray(i < n ? 0 : n, i < n ? n : 2 * n).reduce((a, b) => a + b) / n));
      expect(centred(modulated({ phi, hessian, iterations: 60 }, x0, constant(1e3)))).toBeLessThan(centred(x0));
    }
  });

  it("couples colours only where it is told to", () => {
    const blue = x0.map((value, i) => (i < n ? 0 : value));
    const touched = (colour: "coupled" | "separate"): number =>
      norm(
        modulated({ colour }, x0, constant(0.05))
          .slice(0, n)
          .map(
            (value, i) =>
              value -
              modulated(
                { colour },
                x0.map((v, j) => (j < n ? v : 0)),
                constant(0.05),
              )[i]!,
          ),
      );
    expect(touched("separate")).toBe(0);
    expect(touched("coupled")).toBeGreaterThan(1e-3);
    expect(norm(modulated({}, blue, constant(0.05)).slice(0, n))).toBe(0);
  });

  it.each(phis)("takes images of one row or column, and a variance per channel: %s", (phi) => {
    const row: Aval = { shape: [2, 3, 1, 4], dtype: "float32" };
    const x = normalArray(row, 5, "x");
    for (const hessian of ["diagonal", "cg"] as const) {
      const result = modulated({ phi, hessian }, x, constant(0.05, 24), row, row);
      expect(result.every(Number.isFinite)).toBe(true);
      expect(difference(result, x)).toBeGreaterThan(1e-3);
    }
    const pixel: Aval = { shape: [1, 1, 1, 1], dtype: "float32" };
    expect(modulated({ phi }, Float64Array.of(0.5), Float64Array.of(1), pixel, pixel)).toEqual(Float64Array.of(0.5));
  });

  it("is made from its options", async () => {
    expect((await createStage(ucpm, {})).needsUncertainty).toBe(true);
    await expect(createStage(ucpm, { phi: "wavelet" })).rejects.toMatchObject({ code: "LEADER_BAD_ARGUMENT" });
  });
});

/** V f(L) V^T x with the cosine eigenvectors of the reflecting Laplacian. */
function smoothedByCosines(x: Float64Array, filter: (eigenvalue: number) => number): Float64Array {
  const basis = (size: number): readonly (readonly number[])[] =>
    Array.from({ length: size }, (_, k) =>
      Array.from({ length: size }, (_unused, i) => Math.sqrt((k === 0 ? 1 : 2) / size) * Math.cos((Math.PI * k * (i + 0.5)) / size)),
    );
  const eigenvalue = (k: number, size: number): number => 2 - 2 * Math.cos((Math.PI * k) / size);
  const [rows, columns] = [basis(height), basis(width)];
  const result = new Float64Array(x.length);
  for (let c = 0; c < 2; c++) {
    for (let k = 0; k < height; k++) {
      for (let l = 0; l < width; l++) {
        let coefficient = 0;
        for (let r = 0; r < height; r++)
          for (let q = 0; q < width; q++) coefficient += rows[k]![r]! * columns[l]![q]! * x[c * n + r * width + q]!;
        coefficient *= filter(eigenvalue(k, height) + eigenvalue(l, width));
        for (let r = 0; r < height; r++)
          for (let q = 0; q < width; q++) result[c * n + r * width + q]! += coefficient * rows[k]![r]! * columns[l]![q]!;
      }
    }
  }
  return result;
}

describe("fidelity", () => {
  /** The proposed share and the size of the correction. */
  function moved(options: Partial<Options>): { readonly share: number | undefined; readonly correction: number } {
    const modulator = ucpmModulator({ ...defaults, ...options });
    let proposes = false;
    const graph = trace(
      (x, uncertainty) => {
        const made = modulator.modulate(...aStep({ x0: x, uncertainty }), {});
        proposes = made.freshShare !== undefined;
        return [made.prior.x0, made.freshShare ?? x.trace.scalar(NaN, "float32")];
      },
      [image, map],
    );
    const [x, share] = evaluateGraph(graph, [
      { ...image, data: x0 },
      { ...map, data: constant(0.01) },
    ]);
    expect(modulator.proposesFreshShare).toBe(proposes);
    return { share: proposes ? share!.data[0] : undefined, correction: difference(Float64Array.from(x!.data), x0) };
  }

  it("moves the share of fresh noise and the strength of the correction together", () => {
    const [perceptual, middle, faithful] = [0, 0.5, 1].map((fidelity) => moved({ fidelity }));
    expect(perceptual!.share).toBeLessThan(middle!.share!);
    expect(middle!.share).toBeLessThan(faithful!.share!);
    expect(faithful!.share).toBeCloseTo(1, 6);
    expect(perceptual!.correction).toBeLessThan(middle!.correction);
    expect(middle!.correction).toBeLessThan(faithful!.correction);
    expect(moved({}).correction).toBeCloseTo(moved({ weight: 3 }).correction, 12);
  });

  it("can state the share by its parts, which say what a fidelity says", () => {
    const parts = { early: 1, late: 0.125, measured: 0.5 };
    expect(moved({ freshShare: parts }).share).toBe(moved({}).share);
    for (const part of Object.keys(parts)) {
      expect(moved({ freshShare: { ...parts, [part]: 0.4 } }).share, part).not.toBe(moved({}).share);
    }
  });

  it("sets nothing against the measurement or an earlier estimate where the network sees rearranged images", () => {
    const shares: number[] = [];
    for (const rearranged of [false, true]) {
      const modulator = ucpmModulator(defaults);
      const graph = trace(
        (x, uncertainty) => {
          const [ctx, input] = aStep({ x0: x, uncertainty, y: x.add(1), rearranged });
          const state = modulator.init(ctx, input);
          expect(Object.keys(state)).toEqual(rearranged ? [] : ["last"]);
          return modulator.modulate(ctx, input, state).freshShare!;
        },
        [image, map],
      );
      const values = [
        { ...image, data: x0 },
        { ...map, data: constant(0.01) },
      ];
      shares.push(evaluateGraph(graph, values)[0]!.data[0]!);
    }
    expect(shares[0]).toBeCloseTo(1, 5);
    expect(shares[1]).toBeLessThan(0.9);
  });

  it("gives way to a share and a weight that are stated", () => {
    const stated = { freshShare: 0.25, weight: 5 } as const;
    expect(moved({ ...stated, fidelity: 0 })).toEqual(moved({ ...stated, fidelity: 1 }));
    expect(moved(stated).share).toBeCloseTo(0.25, 6);
    expect(moved({ freshShare: "baseline" }).share).toBeUndefined();
  });
});
