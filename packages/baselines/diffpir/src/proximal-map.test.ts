import {
  circulantOperator,
  denseMatrix,
  linearBetaSchedule,
  separableOperator,
  trace,
  type LinearOperator,
  type StepContext,
} from "@leader/core";
import { evaluateGraph } from "@leader/core/reference";
import { constantLevel, evaluator, maskOperator, normalArray, relativeError, withPowers } from "@leader/core/testing";
import { describe, expect, it } from "vitest";
import { penalty } from "./diffpir.js";
import { proximalMap } from "./proximal-map.js";

const image = { shape: [1, 1, 32, 32], dtype: "float32" } as const;
const scalar = { shape: [], dtype: "float32" } as const;

/** Bicubic downsampling by 4 with periodic boundary: 16 taps from column 4 r - 6 on. */
const taps = [-7, -45, -75, -49, 93, 399, 745, 987, 987, 745, 399, 93, -49, -75, -45, -7].map((tap) => tap / 4096);
const down = denseMatrix(8, 32, (r, c) => taps[(c - 4 * r + 6 + 32) % 32] ?? 0);
const operators: Readonly<Record<string, LinearOperator>> = {
  "super-resolution": separableOperator({ name: "down", domain: image, vertical: down, horizontal: down }),
  mask: maskOperator(image),
  deblurring: circulantOperator({ name: "blur", domain: image, kernel: denseMatrix(5, 5, (r, c) => (1 + r + ((3 * c) % 5)) / 100) }),
};

describe("proximalMap", () => {
  it.each(Object.entries(operators))("is the same by closed form, singular values and conjugate gradients: %s", (_name, operator) => {
    const [z, y] = [normalArray(image, 1, "z"), normalArray(operator.range, 2, "y")];
    for (const rho of [0.003, 0.15, 4]) {
      const [closed, spectral, iterated] = ([["operator.proxL2"], ["operator.svd"], []] as const).map((powers) => {
        const map = evaluator(
          (...args) => proximalMap(withPowers(operator, powers), args[0]!, args[1]!, args[2]!, 120),
          [image, operator.range, scalar],
        );
        return map(z, y, Float64Array.of(rho));
      });
      expect(relativeError(spectral!, closed!)).toBeLessThanOrEqual(1e-5);
      expect(relativeError(iterated!, closed!)).toBeLessThanOrEqual(1e-5);
    }
  });
});

describe("penalty", () => {
  it.each([
    [0.05, 101, 0.149392],
    [0.05, 501, 0.00147629],
    [0, 101, (7 * 1e-6) / 0.342259699 ** 2],
  ])("of lambda 7 and noise %f has its published value at index %i", (noise, index, expected) => {
    const graph = trace(
      (sigmaY) => {
        const at: Pick<StepContext, "sigmaY"> = { sigmaY: sigmaY };
        return penalty(at, constantLevel(sigmaY.trace, linearBetaSchedule(), index), { lambda: 7, smallestNoise: 0.001 });
      },
      [scalar],
    );
    const [rho] = evaluateGraph(graph, [{ ...scalar, data: Float64Array.of(2 * noise) }]);
    expect(rho!.data[0]! / expected).toBeCloseTo(1, 5);
  });
});
