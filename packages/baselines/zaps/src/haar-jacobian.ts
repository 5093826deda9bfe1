import { coreErrors, extents, type Level, type Tensor } from "@leader/core";

/** What is assumed of the Haar coefficients of images in [-1,1]. */
export interface HaarPrior {
  /** How often the image is halved. */
  readonly scales: number;
  /** Standard deviation of the finest details; it doubles from scale to scale, as where power falls with the square of frequency. */
  readonly texture: number;
  /** Standard deviation of the means of the largest blocks. */
  readonly contrast: number;
}

/**
 * J v for J = (I + (1-a) W^T diag(d) W) / sqrt(a) with the orthonormal Haar transform W over `scales` scales and d = -1 / (a t^2 + 1-a), the Hessian of log p(x) of a
 * Gaussian prior whose coefficients have the standard deviation t. On that prior J is the derivative of the optimal network.
 *
 * One d for the three details of a scale makes W^T diag(d) W a sum of projections P_j onto the means of blocks of 2^j, which is how it is computed.
 * Errors: sides that are not divisible by 2^scales.
 */
export function jacobian(v: Tensor, level: Pick<Level, "sqrtAlphaBar" | "sqrtOneMinusAlphaBar">, prior: HaarPrior): Tensor {
  checkSides(v, prior);
  const gains = Array.from({ length: prior.scales + 1 }, (_, j) =>
    gain(level, j < prior.scales ? prior.texture * 2 ** j : prior.contrast * 2 ** j),
  );
  const means = [v];
  for (let j = 1; j <= prior.scales; j++) means.push(blockMeans(means[j - 1]!));
  // g_0 v + sum over j of (g_j - g_j-1) P_j v, from the coarsest scale up.
  let sum = means[prior.scales]!.mul(0);
  for (let j = prior.scales; j > 0; j--) sum = enlarged(sum.add(means[j]!.mul(gains[j]!.sub(gains[j - 1]!))));
  return sum.add(v.mul(gains[0]!));
}

/** (1 + (1-a) d) / sqrt(a), without dividing by sqrt(a): sqrt(a) t^2 / (a t^2 + 1-a). */
const gain = ({ sqrtAlphaBar, sqrtOneMinusAlphaBar }: Pick<Level, "sqrtAlphaBar" | "sqrtOneMinusAlphaBar">, t: number): Tensor =>
  sqrtAlphaBar.mul(t * t).div(
    sqrtAlphaBar
      .square()
      .mul(t * t)
      .add(sqrtOneMinusAlphaBar.square()),
  );

/** Means of blocks of 2 x 2. */
function blockMeans(x: Tensor): Tensor {
  const [n, c, h, w] = extents(x.shape, 4);
  return x.reshape([n, c, h / 2, 2, w / 2, 2]).mean([3, 5]);
}

/** Every value as a block of 2 x 2. */
function enlarged(x: Tensor): Tensor {
  const [n, c, h, w] = extents(x.shape, 4);
  return x
    .reshape([n, c, h, 1, w, 1])
    .expand([n, c, h, 2, w, 2])
    .reshape([n, c, 2 * h, 2 * w]);
}

function checkSides({ shape }: Tensor, { scales }: HaarPrior): void {
  const [height = 0, width = 0] = shape.slice(2);
  const block = 2 ** scales;
  if (height % block === 0 && width % block === 0) return;
  throw coreErrors.BAD_ARGUMENT({
    function: "zaps",
    expected: `an image with sides divisible by ${block} for ${scales} scales`,
    received: `${height} x ${width}`,
  });
}
