import { normals, type HostTensor } from "@leader/graph";
import { contentKey, varianceAt, type NoiseLevel } from "leader-restore";

/** A picture [1,C,H,W] in [-1,1] with noise, the same for the same picture; not clipped. */
export function withNoise(clean: HostTensor, noise: NoiseLevel): HostTensor {
  const draws = normals({ seed: 0, image: contentKey(clean), step: 0, name: "denoising" }, clean.data.length);
  const deviation = (value: number): number => 2 * Math.sqrt(varianceAt(noise, (value + 1) / 2));
  return { ...clean, data: clean.data.map((value, i) => value + deviation(value) * draws[i]!) };
}
