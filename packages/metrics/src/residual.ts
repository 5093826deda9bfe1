import { equalShapes, formatAval, type HostTensor } from "@leader/graph";
import { errors } from "./error-codes.js";
import type { MetricIdentity, MetricReading } from "./identity.js";

/** How the data-consistency residual is identified and read. */
export const residual: MetricReading & { readonly identity: MetricIdentity } = {
  identity: { name: "residual", version: 1, colour: "measurement", range: "[0,1] units, not clamped", crop: 0 },
  better: "lower",
  unit: "",
  digits: 6,
};

/**
 * Root mean square of A x - y over the entries of the measurement, in units of images in [0,1]: for a perfect restoration of a noisy
 * measurement this is the noise level of the pipeline file.
 * @param projected A x, and @param y the measurement, both as the engine has them (images in [-1,1])
 */
export function residualOf(projected: HostTensor, y: HostTensor): number {
  if (!equalShapes(projected.shape, y.shape)) {
    throw errors.SHAPES_DIFFER({ metric: "residual", expected: formatAval(y), received: formatAval(projected) });
  }
  let sum = 0;
  for (let i = 0; i < y.data.length; i++) sum += (projected.data[i]! - y.data[i]!) ** 2;
  return Math.sqrt(sum / y.data.length) / 2;
}
