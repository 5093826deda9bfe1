import {
  circulantOperator,
  compileSampler,
  denseMatrix,
  drawNoise,
  runSampler,
  separableOperator,
  toEngineNoise,
  traceSampler,
  unitRangeNoise,
  type Aval,
  type HostTensor,
  type LinearOperator,
  type PriorModulator,
  type SamplerResult,
  type Tensor,
  type UncertaintyEstimator,
  type UpdateRule,
} from "@leader/core";
import { referenceBackend } from "@leader/core/reference";
import { evaluator, maskOperator, normalArray, poolingOperator, walkScheduler, type GaussianOracle } from "@leader/core/testing";

/** One restoration along given levels on a Gaussian prior. */
export interface Walk {
  readonly oracle: GaussianOracle;
  readonly operator: LinearOperator;
  readonly baseline: UpdateRule;
  readonly levels: readonly number[];
  readonly y: HostTensor;
  /** Noise of the measurement for [0,1] images. Default 0. */
  readonly noise?: number;
  readonly seed?: number;
  readonly estimator?: UncertaintyEstimator;
  readonly modulator?: PriorModulator;
  readonly see?: (step: number, x: HostTensor) => void;
}

export async function walk({
  oracle,
  operator,
  baseline,
  levels,
  y,
  noise = 0,
  seed = 0,
  estimator,
  modulator,
  see,
}: Walk): Promise<SamplerResult> {
  const scheduler = walkScheduler(levels);
  const graphs = traceSampler({
    operator,
    baseline,
    scheduler,
    denoiser: oracle.denoiser,
    noiseFree: noise === 0,
    ...(estimator === undefined ? {} : { estimator }),
    ...(modulator === undefined ? {} : { modulator }),
  });
  await using sampler = await compileSampler(graphs, referenceBackend());
  return await runSampler(sampler, {
    schedule: oracle.schedule,
    scheduler,
    y,
    sigmaY: toEngineNoise(unitRangeNoise(noise)),
    seed,
    ...(see === undefined ? {} : { inspect: { names: ["x"], see: (step, values) => see(step, values.get("x")!) } }),
  });
}

/** Operators with every power: one singular value, a permutation, many values, a periodic filter without symmetry. */
export function operatorsAt(image: Aval): Readonly<Record<string, LinearOperator>> {
  const [height, width] = image.shape.slice(2) as [number, number];
  const taper = (size: number) => denseMatrix(size, size, (r, c) => [0.5, 0.3, 0.15, 0.05][Math.abs(r - c)] ?? 0);
  const kernel = denseMatrix(3, 3, (r, c) => [0.3, 0.2, 0, 0, 0.1, 0.2, 0.05, 0, 0.15][3 * r + c]!);
  return {
    pooling: poolingOperator(image),
    mask: maskOperator(image),
    blur: separableOperator({ name: "blur", domain: image, vertical: taper(height), horizontal: taper(width), threshold: 0.2 }),
    circulant: circulantOperator({ name: "circulant", domain: image, kernel }),
  };
}

/** A x + sigma n of a draw of the prior, every image with noise of its own. */
export function measurement(oracle: GaussianOracle, operator: LinearOperator, noise: number, seed = 7): HostTensor {
  const clean = evaluator((x) => operator.apply(x), [operator.domain])(Float64Array.from(oracle.sample(seed).data));
  const added = normalArray(operator.range, seed, "measurement");
  return { ...operator.range, data: Float32Array.from(clean, (value, i) => value + 2 * noise * added[i]!) };
}

/** The noise that the host gives to a run; step 0 is the first state. */
export const draw = (seed: number, step: number, name: string, shape: readonly number[]): Float64Array =>
  Float64Array.from(drawNoise({ seed, firstImage: 0, batch: 1, step, input: `noise:${name}`, shape }).data);

/** a[0] x + b[1] y + ... */
export const sum = (...terms: readonly (readonly [number, Float64Array])[]): Float64Array =>
  terms[0]![1].map((_, i) => terms.reduce((total, [factor, values]) => total + factor * values[i]!, 0));

/** A map of tensors as a map of float64 arrays. */
export const map = (f: (x: Tensor) => Tensor, from: Aval): ((x: Float64Array) => Float64Array) => evaluator(f, [from]);

/** E[epsilon | x] of the prior at an alphaBar, from its closed form. */
export function predictor(oracle: GaussianOracle): (x: Float64Array, alphaBar: number) => Float64Array {
  const scalar: Aval = { shape: [], dtype: "float32" };
  const predict = evaluator(
    (x, sqrtAlphaBar, sqrtOneMinusAlphaBar) => {
      const unused = sqrtAlphaBar;
      return oracle.denoiser.denoise(x, {
        index: unused,
        timestep: unused,
        alphaBar: unused,
        sigma: unused,
        sqrtAlphaBar: sqrtAlphaBar,
        sqrtOneMinusAlphaBar: sqrtOneMinusAlphaBar,
      }).epsilon;
    },
    [oracle.image, scalar, scalar],
  );
  return (x, alphaBar) => predict(x, Float64Array.of(Math.sqrt(alphaBar)), Float64Array.of(Math.sqrt(1 - alphaBar)));
}

/** The mean of diag Cov(x0 | x) by Stein's lemma from the noise that the rule reports, beside its exact value. */
export const steinAgainstExact: UncertaintyEstimator = {
  needsFreshNoise: true,
  estimate(ctx, { x, level, prior, freshNoise }) {
    const exact = ctx.denoiser.posteriorVariance!(x, level);
    ctx.observe("exact", exact.mean());
    const r = freshNoise!.whitened.mul(freshNoise!.total.sub(prior.epsilon)).mul(level.sigma.square());
    const mean = r.mean();
    return { variance: exact.expand(x.shape), mean, standardError: r.sub(mean).square().mean().sqrt().div(Math.sqrt(x.size)) };
  },
};

/** Shrinks the clean image towards grey where the prior is uncertain, as a modulator of the prior may. */
export const shrinking: PriorModulator = {
  needsUncertainty: true,
  init: () => ({}),
  modulate(_ctx, { x, from, prior }, state) {
    const x0 = prior.x0.div(prior.uncertainty!.mul(0.5).add(1));
    return { prior: { ...prior, x0, epsilon: x.sub(from.sqrtAlphaBar.mul(x0)).div(from.sqrtOneMinusAlphaBar) }, state };
  },
};
