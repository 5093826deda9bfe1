import type { Tensor } from "@leader/core";

/** h: how the weight of the prior depends on the noise sigma = sqrt((1-a)/a) of a level. */
export type NoiseWeight = "linear" | "sqrt" | "square" | "log" | "clip" | "two-thirds" | "constant";

export const noiseWeights = ["linear", "sqrt", "square", "log", "clip", "two-thirds", "constant"] as const satisfies readonly NoiseWeight[];

/** h(sigma) of the released code: sigma, its root, its square, log(1 + sigma), min(sigma, 1), sigma^(2/3) or 1; a scalar. */
export function noiseWeight(kind: NoiseWeight, sigma: Tensor): Tensor {
  switch (kind) {
    case "linear":
      return sigma;
    case "sqrt":
      return sigma.sqrt();
    case "square":
      return sigma.square();
    case "log":
      return sigma.add(1).log();
    case "clip":
      return sigma.minimum(1);
    case "two-thirds":
      return sigma.pow(2 / 3);
    case "constant":
      return sigma.trace.scalar(1, "float32");
    default:
      return kind satisfies never;
  }
}
