import { unitRangeNoise, type SamplerRun, type UnitRangeNoise } from "@leader/core";
import { gradient, type HostTensor, type Tensor } from "@leader/graph";
import type { GrowingNoise, NoiseLevel } from "../../noise/noise-level.js";
import { destabilised, stabilised, stabiliser } from "../../noise/stabilise.js";
import type { Composition } from "../compose/compose.js";
import { withMap } from "./maps.js";

type Preview = NonNullable<SamplerRun["preview"]>;
type Inspect = NonNullable<SamplerRun["inspect"]>;
type ImageMap = (image: Tensor, scalars: readonly Tensor[]) => Tensor;

/** Names of what is inspected, of the state of which an image is the mean and a variance belongs to it. */
const [mean, variance] = ["prior.x0", "prior.uncertainty"] as const;

/**
 * Makes noise that grows with brightness even before a picture is sampled, and takes that back from what is sampled. Samplers, which know one
 * level of noise, see a picture in other tones.
 */
export class Evening {
  /** The noise that the sampler sees. */
  readonly level: UnitRangeNoise;
  readonly #composition: Composition;
  readonly #scalars: readonly HostTensor[];

  constructor(composition: Composition, noise: GrowingNoise) {
    const { level, scalars } = stabiliser(noise);
    this.level = unitRangeNoise(level);
    this.#composition = composition;
    this.#scalars = scalars;
  }

  /** A measurement with even noise. */
  async even(y: HostTensor): Promise<HostTensor> {
    return await this.#map(stabilised, y);
  }

  /** A sampled image in the tones of the measurement. */
  async back(x: HostTensor): Promise<HostTensor> {
    return await this.#map(destabilised, x);
  }

  /** Shows the tones of the measurement. */
  preview(shown: Preview): Preview {
    return { every: shown.every, show: async (x0, step) => await shown.show(await this.back(x0), step) };
  }

  /** The same for what reports are made of: a variance belongs to its image, and grows with the square of the slope there. */
  inspect(inspected: Inspect): Inspect {
    return {
      names: inspected.names,
      see: async (step, values) => {
        const seen = new Map(values);
        const [x0, spread] = [values.get(mean), values.get(variance)];
        if (x0 !== undefined) seen.set(mean, await this.back(x0));
        if (x0 !== undefined && spread !== undefined) seen.set(variance, await this.#map(spreadBack, x0, spread));
        await inspected.see(step, seen);
      },
    };
  }

  /** Compiled for one use, which takes little beside a step of a network: nothing of it is held while that samples. */
  async #map(f: ImageMap, image: HostTensor, ...others: readonly HostTensor[]): Promise<HostTensor> {
    const inputs = [image, ...this.#scalars, ...others];
    return await withMap(
      this.#composition,
      ([of, ...rest]) => f(of!, rest),
      inputs,
      (map) => map(inputs),
    );
  }
}

/** Absent where the noise is even. */
export const eveningFor = (composition: Composition, noise: NoiseLevel): Evening | undefined =>
  typeof noise === "number" ? undefined : new Evening(composition, noise);

/** The variance of an image in the tones of the measurement. */
function spreadBack(image: Tensor, [low, high, gain, spread]: readonly Tensor[]): Tensor {
  const slope = gradient((x) => destabilised(x, [low!, high!, gain!]).sum(), image);
  return slope.square().mul(spread!);
}
