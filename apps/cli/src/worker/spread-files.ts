import { float32Array, type HostTensor } from "@leader/graph";
import { defined } from "@leader/graph/records";
import { writeNpy, writePicture, type Spread } from "leader-restore";
import { isArray } from "../files.js";
import { channelMean } from "../report/calibration.js";
import { psnrOf } from "./psnr-of.js";
import type { SpreadFacts } from "./tasks.js";

/** The deviation of each pixel over its channels. */
const planeOf = (deviation: HostTensor): Float64Array => channelMean(deviation, (value) => value * value).values.map(Math.sqrt);

/**
 * Writes the standard deviation of samples: an array has that of every value in the units of the samples; a picture shows the root of the
 * mean variance of a pixel's channels, black for none and white for the largest.
 */
export async function writeDeviation(path: string, { deviation }: Spread, overwrite: boolean): Promise<void> {
  if (isArray(path)) {
    await writeNpy(path, deviation, { overwrite });
    return;
  }
  const [, , height = 1, width = 1] = deviation.shape;
  const plane = planeOf(deviation);
  const largest = largestOf(plane);
  // Not by `Float32Array.from`, which makes a list of numbers first.
  const data = float32Array(plane.length, (i) => (largest === 0 ? -1 : (2 * plane[i]!) / largest - 1));
  await writePicture(path, { shape: [1, 1, height, width], dtype: "float32", data }, { overwrite });
}

/** Engine units span two, images in [0,1] one. */
export async function spreadFacts({ samples, mean, deviation }: Spread, reference: HostTensor | undefined): Promise<SpreadFacts> {
  const plane = planeOf(deviation);
  const variance = plane.reduce((sum, value) => sum + value * value, 0) / plane.length;
  return {
    samples,
    deviation: { typical: Math.sqrt(variance) / 2, largest: largestOf(plane) / 2 },
    ...defined({ psnrOfMean: reference && (await psnrOf(mean, reference)) }),
  };
}

const largestOf = (values: Float64Array): number => values.reduce((most, value) => Math.max(most, value), 0);
