import { defineStage, linearBetaSchedule, type Denoiser } from "@leader/core";
import { trace, uniforms, type Aval, type HostTensor, type Tensor } from "@leader/graph";
import { z } from "zod";

const schedule = linearBetaSchedule();

/** A value in terms of a number in [0,1] that every pixel has. */
function perPixel(imageShape: readonly number[], name: string, f: (u: number) => number): HostTensor {
  const shape = [1, ...imageShape.slice(1)];
  const n = shape.reduce((a, b) => a * b, 1);
  return { shape, dtype: "float32", data: Float32Array.from(uniforms({ seed: 3, image: 0, step: 0, name }, n), f) };
}

/** The mean of the prior. */
export const pixelMean = (imageShape: readonly number[]): HostTensor => perPixel(imageShape, "mean", (u) => 0.6 * (u - 0.5));

/**
 * The optimal network of independent Gaussian pixels with means and variances that differ from pixel to pixel, so that nothing about it
 * is symmetric; an evaluation counts as one.
 * @param deviation smallest and largest standard deviation of a pixel.
 */
export function pixelDenoiser(image: Aval, deviation: readonly [number, number] = [0.2, 0.6]): Denoiser {
  const mean = pixelMean(image.shape);
  const variance = perPixel(image.shape, "deviation", (u) => (deviation[0] + (deviation[1] - deviation[0]) * u) ** 2);
  const scalar: Aval = { shape: [], dtype: "float32" };
  const body = trace(
    (x: Tensor, al: Tensor, st: Tensor) => {
      const [m, v] = [x.trace.constant(mean), x.trace.constant(variance)];
      const spread = v.mul(al.square()).add(st.square());
      return m.add(x.sub(m.mul(al)).mul(v.mul(al).div(spread)));
    },
    [image, scalar, scalar],
  );
  return {
    image,
    schedule,
    differentiable: true,
    denoise(x, { sqrtAlphaBar, sqrtOneMinusAlphaBar }) {
      const x0 = x.trace.emit("Function", [x, sqrtAlphaBar, sqrtOneMinusAlphaBar], { name: "pixels", body, evaluations: 1 });
      return { x0, epsilon: x.sub(sqrtAlphaBar.mul(x0)).div(sqrtOneMinusAlphaBar) };
    },
    posteriorVariance(x, { sqrtAlphaBar, sqrtOneMinusAlphaBar }) {
      const v = x.trace.constant(variance);
      const noise = sqrtOneMinusAlphaBar.square();
      return v.mul(noise).div(v.mul(sqrtAlphaBar.square()).add(noise));
    },
  };
}

/** The same as a stage of a pipeline. */
export const pixelPrior = defineStage({
  kind: "denoiser",
  summary: "independent Gaussian pixels",
  options: z.strictObject({}),
  create: () => ({ schedule, at: (image) => pixelDenoiser(image) }),
});
