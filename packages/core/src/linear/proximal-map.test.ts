import { describe, expect, it } from "vitest";
import type { LinearOperator } from "../contract/operator.js";
import { withPowers } from "../testing/describe-baseline.js";
import { evaluator, normalArray, relativeError } from "@leader/graph/testing";
import { maskOperator } from "../testing/test-operators.js";
import { circulantOperator } from "./circulant.js";
import { denseMatrix } from "./dense.js";
import { proximalMap } from "./proximal-map.js";
import { separableOperator } from "./separable.js";

const image = { shape: [1, 1, 16, 16], dtype: "float32" } as const;
const scalar = { shape: [], dtype: "float32" } as const;

/** Bicubic downsampling by 4 with periodic boundary: 16 taps from column 4 r - 6 on. */
const taps = [-7, -45, -75, -49, 93, 399, 745, 987, 987, 745, 399, 93, -49, -75, -45, -7].map((tap) => tap / 4096);
const down = denseMatrix(4, 16, (r, c) => taps[(c - 4 * r + 6 + 16) % 16] ?? 0);
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
          (...args) => proximalMap(withPowers(operator, powers), { iterations: 80 })(args[0]!, args[1]!, args[2]!),
          [image, operator.range, scalar],
        );
        return map(z, y, Float64Array.of(rho));
      });
      expect(relativeError(spectral!, closed!)).toBeLessThanOrEqual(1e-5);
      expect(relativeError(iterated!, closed!)).toBeLessThanOrEqual(1e-5);
    }
  });
});
