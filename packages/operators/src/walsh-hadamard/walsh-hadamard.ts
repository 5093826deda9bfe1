import { constantOf, defineStage, type Aval, type HostTensor, type LinearOperator, type Tensor } from "@leader/core";
import { z } from "zod";
import { flatMeasurementOptions, imageOfFlatMeasurement } from "../common/flat-measurement.js";
import { imageSize, type ImageSize } from "../common/image.js";
import { seedOption } from "../common/seed.js";
import { tightOperator } from "../common/tight-operator.js";
import { padTo } from "../common/zeros.js";
import { errors } from "../error-codes.js";
import { pictureTransform } from "./axis-transform.js";
import { samplingOrder, type SamplingOrder } from "./sampling-order.js";

const name = "walsh-hadamard";

/** Compressed sensing: a random part of the orthonormal Walsh-Hadamard coefficients of each channel, the same part for all. */
export const walshHadamard = defineStage({
  kind: "operator",
  summary: "compressed sensing: a random part of the Walsh-Hadamard coefficients",
  reference: "Kawar et al. 2022, Denoising Diffusion Restoration Models, https://arxiv.org/abs/2201.11793",
  options: z.strictObject({
    ...flatMeasurementOptions,
    seed: seedOption,
    keepMean: z
      .boolean()
      .default(true)
      .describe("always measure the coefficient of the mean; false leaves it to chance, as published, and warns where it is missing"),
  }),
  create({ ratio, seed, keepMean, imageSize: stated }, environment) {
    const lengthFor = (height: number, width: number): number => Math.max(1, Math.floor(ratio * height * width));
    return {
      imageFor: (measurement) => imageOfFlatMeasurement(name, measurement, stated, ratio, lengthFor),
      at(image) {
        const size = imageSize(name, image);
        const sampling = samplingOrder(seed, size.height * size.width, lengthFor(size.height, size.width), keepMean);
        if (!sampling.hasMean) {
          const { code, message, hint } = errors.MEAN_NOT_MEASURED({ seed });
          environment.warn(code, `${message}; ${hint}`);
        }
        return sampledTransform(image, size, sampling);
      },
    };
  },
});

/** A = S T: the transform of both axes (a butterfly), then the first coefficients of the order. Rows are orthonormal, so A^+ = A^T. */
function sampledTransform(image: Aval, { batch, channels, height, width }: ImageSize, sampling: SamplingOrder): LinearOperator {
  const planes = [batch, channels];
  const flat = [...planes, height * width];
  const transform = pictureTransform(height, width);
  const gathered = (x: Tensor, indices: HostTensor): Tensor => x.gather(constantOf(x.trace, indices), 2);
  const transformed = (x: Tensor): Tensor => transform.forward(x).reshape(flat);
  const restored = (c: Tensor): Tensor => transform.inverse(c.reshape(image.shape));
  return tightOperator({
    name: `${name} (${sampling.count} of ${height * width} coefficients, mean ${sampling.hasMean ? "" : "not "}measured)`,
    domain: image,
    range: { shape: [...planes, sampling.count], dtype: "float32" },
    gain: 1,
    apply: (x) => gathered(transformed(x), sampling.measured),
    // The zero behind the measurement stands for every coefficient that is not measured.
    adjoint: (y) => restored(gathered(padTo(y, [...planes, sampling.count + 1]), sampling.measuredPlaces)),
    svd: {
      shape: flat,
      singularValues: { shape: [height * width], dtype: "float32", data: new Float32Array(height * width).fill(1, 0, sampling.count) },
      v: (c) => restored(gathered(c, sampling.places)),
      vt: (x) => gathered(transformed(x), sampling.order),
      u: (c) => c.sliceAxis(2, 0, sampling.count),
      ut: (y) => padTo(y, flat),
    },
  });
}
