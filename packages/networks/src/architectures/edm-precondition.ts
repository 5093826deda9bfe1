import type { Tensor } from "@leader/core";

/** What makes a denoiser D(x; sigma) of a network F: D = c_skip x + c_out F(c_in x, c_noise), x = x0 + sigma noise (Karras et al. 2022, table 1). */
export type Preconditioning = "EDMPrecond" | "VPPrecond" | "VEPrecond" | "iDDPMPrecond";

export const preconditionings: readonly Preconditioning[] = ["EDMPrecond", "VPPrecond", "VEPrecond", "iDDPMPrecond"];

/** Arguments of the classes; absent ones have their defaults. */
export interface PreconditioningOptions {
  readonly sigma_data?: number;
  readonly beta_d?: number;
  readonly beta_min?: number;
  readonly M?: number;
  readonly C_1?: number;
  readonly C_2?: number;
}

interface Factors {
  readonly skip: Tensor;
  readonly out: Tensor;
  readonly in: Tensor;
  readonly noise: Tensor;
}

/** D from F. All factors are scalars of the graph. */
export function preconditioned(
  kind: Preconditioning,
  options: PreconditioningOptions,
  x: Tensor,
  sigma: Tensor,
  network: (x: Tensor, noise: Tensor) => Tensor,
): Tensor {
  const factors = factorsOf[kind](sigma, options);
  return x.mul(factors.skip).add(network(x.mul(factors.in), factors.noise).mul(factors.out));
}

const inverse = (x: Tensor): Tensor => x.trace.scalar(1, "float32").div(x);
const exploding = (sigma: Tensor, noise: Tensor): Factors => ({
  skip: sigma.trace.scalar(1, "float32"),
  out: sigma.neg(),
  in: inverse(sigma.square().add(1).sqrt()),
  noise,
});

const factorsOf: Readonly<Record<Preconditioning, (sigma: Tensor, options: PreconditioningOptions) => Factors>> = {
  EDMPrecond: (sigma, { sigma_data: d = 0.5 }) => {
    const total = sigma.square().add(d * d);
    const root = total.sqrt();
    return { skip: inverse(total).mul(d * d), out: sigma.mul(d).div(root), in: inverse(root), noise: sigma.log().mul(0.25) };
  },
  VPPrecond: (sigma, { beta_d = 19.9, beta_min = 0.1, M = 1000 }) => {
    const t = sigma
      .square()
      .add(1)
      .log()
      .mul(2 * beta_d)
      .add(beta_min * beta_min)
      .sqrt()
      .sub(beta_min)
      .div(beta_d);
    return exploding(sigma, t.mul(M - 1));
  },
  VEPrecond: (sigma) => {
    const one = sigma.trace.scalar(1, "float32");
    return { skip: one, out: sigma, in: one, noise: sigma.mul(0.5).log() };
  },
  iDDPMPrecond: (sigma, options) => exploding(sigma, trainedStep(sigma, options)),
};

/** M - 1 - j of the trained level u_j nearest to sigma: how many middles between neighbouring levels lie above it. */
function trainedStep(sigma: Tensor, { M = 1000, C_1 = 0.001, C_2 = 0.008 }: PreconditioningOptions): Tensor {
  const u = iddpmLevels(M, C_1, C_2);
  const middles = Float32Array.from({ length: M }, (_, j) => (u[j]! + u[j + 1]!) / 2);
  const above = sigma.trace
    .constant({ shape: [M], dtype: "float32", data: middles })
    .greater(sigma)
    .cast("float32")
    .sum();
  return above.neg().add(M - 1);
}

/** u_0 > ... > u_M = 0. */
export function iddpmLevels(M: number, C_1: number, C_2: number): Float64Array {
  const alphaBar = (j: number): number => Math.sin(((Math.PI / 2) * j) / M / (C_2 + 1)) ** 2;
  const u = new Float64Array(M + 1);
  for (let j = M; j > 0; j--) u[j - 1] = Math.sqrt((u[j]! ** 2 + 1) / Math.max(alphaBar(j - 1) / alphaBar(j), C_1) - 1);
  return u;
}
