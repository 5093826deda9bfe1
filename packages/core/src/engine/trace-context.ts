import { graphErrors, gradient, pullback, type Aval, type GraphBuilder, type Tensor } from "@leader/graph";
import { errors } from "../error-codes.js";
import type { Level } from "../contract/denoiser.js";
import type { StepContext } from "../contract/baseline.js";
import type { SamplerStages } from "./stages.js";
import { valueName } from "./value-names.js";

const scalar: Aval = { shape: [], dtype: "float32" };

/** Fields of a `Level`, in the order in which they become graph inputs. */
export const levelFields = ["index", "timestep", "alphaBar", "sqrtAlphaBar", "sqrtOneMinusAlphaBar", "sigma"] as const;

/** A noise level whose scalars are inputs named `from.sigma`, `to.alphaBar`, ... */
export function levelInputs(builder: GraphBuilder, which: "from" | "to"): Level {
  const input = (field: (typeof levelFields)[number]): Tensor => builder.param(valueName(which, field), scalar);
  return {
    index: input("index"),
    timestep: input("timestep"),
    alphaBar: input("alphaBar"),
    sqrtAlphaBar: input("sqrtAlphaBar"),
    sqrtOneMinusAlphaBar: input("sqrtOneMinusAlphaBar"),
    sigma: input("sigma"),
  };
}

const largestFloat32 = (2 - 2 ** -23) * 2 ** 127;

/** In place of a value of the part that leads, where none does: what is observed stays far below. */
export const notLed = largestFloat32;

/** Brings numbers above about 1e14 beyond the largest float32, and sums of as many as images have not. */
const magnifier = 2 ** 80;

/** What stages see while one phase is traced: draws and observations become inputs and outputs of its graph. */
export class TraceContext implements StepContext {
  readonly operator: StepContext["operator"];
  readonly denoiser: StepContext["denoiser"];
  readonly noiseFree: boolean;
  readonly proposesFreshShare: boolean;
  readonly rearranged: boolean;
  readonly sigmaY: Tensor;
  readonly observed = new Map<string, Tensor>();
  readonly #builder: GraphBuilder;
  readonly #draws = new Map<string, Tensor>();

  constructor(builder: GraphBuilder, stages: SamplerStages) {
    this.#builder = builder;
    this.operator = stages.operator;
    this.denoiser = stages.denoiser;
    this.noiseFree = stages.noiseFree;
    this.proposesFreshShare = stages.modulator?.proposesFreshShare ?? false;
    this.rearranged = stages.baseline.rearranges ?? false;
    this.sigmaY = builder.param("sigmaY", scalar);
  }

  noise(name: string, like: Aval): Tensor {
    return this.#draw(valueName("noise", name), like);
  }

  signs(name: string, like: Aval): Tensor {
    return this.#draw(valueName("signs", name), like);
  }

  observe(name: string, value: Tensor): void {
    if (this.observed.has(name)) throw errors.NAME_TAKEN({ kind: "observation", name });
    if (value.size !== 1 || value.dtype !== "float32") {
      throw graphErrors.BAD_ARGUMENT({
        function: `observe("${name}")`,
        expected: "a float32 scalar",
        received: `${value.dtype}[${value.shape.join(",")}]`,
      });
    }
    this.observed.set(name, value);
  }

  ofPicture(name: string, own: Tensor): Tensor {
    if (own.size !== 1) return own;
    const led = this.#builder.param(valueName("led", name), scalar);
    const value = led.less(notLed).where(led, own.reshape([]));
    this.observe(name, value);
    return value.reshape(own.shape);
  }

  grad(f: (x: Tensor) => Tensor, x: Tensor): Tensor {
    return gradient(f, x);
  }

  pullback(output: Tensor, input: Tensor, cotangent: Tensor): Tensor {
    return pullback(output, input, cotangent);
  }

  /**
   * Observes 1 if all elements are numbers of a size that images can come from (below about 1e14), and 0 otherwise; the sampling
   * loop stops on the latter and names the stage. Numbers that a later step clips or divides away are a failure as well.
   */
  observeFinite(stage: string, values: readonly Tensor[]): void {
    // A sum is finite only if every element is, whereas maxima of NaN differ between runtimes; nothing is less than NaN anywhere.
    // What is too large becomes infinite first, or stays too large where a backend computes in float64.
    const sums = values.map((value) => value.mul(magnifier).sum());
    const sum = sums.reduce((a, b) => a.add(b));
    this.observe(valueName("finite", stage), sum.abs().less(largestFloat32).cast("float32"));
  }

  #draw(name: string, like: Aval): Tensor {
    if (this.#draws.has(name)) throw errors.NAME_TAKEN({ kind: "draw", name });
    const drawn = this.#builder.param(name, { shape: like.shape, dtype: "float32" });
    this.#draws.set(name, drawn);
    return drawn;
  }
}
