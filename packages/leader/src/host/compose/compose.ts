import type { Denoiser, ImagePart, LinearOperator, SamplerStages, StageEnvironment, StageKind, StageKinds } from "@leader/core";
import { type Aval, defined, type HostTensor } from "@leader/graph";
import { errors } from "../../error-codes.js";
import { estimateGrowingNoise, estimateNoise } from "../../noise/estimate-noise.js";
import type { NoiseLevel } from "../../noise/noise-level.js";
import type { Blueprint } from "../config/blueprint.js";
import type { SelectedStage } from "../config/stage-reader.js";
import { stopOn, type Diagnostic } from "../config/diagnostic.js";
import { checkCapabilities, requireEvenNoise } from "./capabilities.js";
import { stageEnvironment } from "./environment.js";
import { guardStages } from "./guarded-stages.js";
import { RunScope } from "./run-scope.js";
import { creationProblem, within } from "./stage-errors.js";
import { stageToken } from "./tokens.js";

/** The type of a part of an image. */
export const imageOfPart = ({ shape, dtype }: Aval, { height, width }: ImagePart): Aval => ({
  shape: [shape[0]!, shape[1]!, height, width],
  dtype,
});

/** The stages of a pipeline, each made when it is first needed. */
export class Composition implements AsyncDisposable {
  readonly blueprint: Blueprint;
  readonly #scope = new RunScope();
  readonly #environment: StageEnvironment;

  constructor(blueprint: Blueprint, warn: StageEnvironment["warn"] = () => undefined, loading?: StageEnvironment["loading"]) {
    this.blueprint = blueprint;
    const { files = {}, localFiles = true } = blueprint.options;
    this.#environment = stageEnvironment({ directory: blueprint.directory, files, localFiles, warn, ...defined({ loading }) });
    for (const selected of blueprint.selected.values()) this.#scope.bind(stageToken(selected.role), () => this.#create(selected));
  }

  /** The noise that measurements are stated to have. Errors: `NOISE_UNKNOWN` where it is to be estimated. */
  get statedNoise(): NoiseLevel {
    const { noise } = this.blueprint.config;
    if (noise === "auto") throw errors.NOISE_UNKNOWN({});
    return noise;
  }

  /** The noise of one measurement: stated, or estimated from what was measured. Errors: `NOISE_NOT_ESTIMABLE`. */
  async noiseOf(y: HostTensor, operator: LinearOperator): Promise<NoiseLevel> {
    const { noise } = this.blueprint.config;
    if (noise !== "auto") return noise;
    const estimate = (await this.mayGrow()) ? estimateGrowingNoise : estimateNoise;
    return estimate(y, defined({ measured: operator.measured }));
  }

  /** Whether noise may be found or stated to grow with brightness. */
  async mayGrow(): Promise<boolean> {
    const { noise } = this.blueprint.config;
    return noise === "auto" ? (await this.get("operator")).identity === true : typeof noise !== "number";
  }

  /** What the stage of a role made. Errors: `ConfigError` at the stage. */
  get<K extends StageKind>(role: K): Promise<StageKinds[K]> {
    return this.#scope.get(stageToken(role));
  }

  /** Makes the stages of these roles; reports all failures together. Errors: `ConfigError`. */
  async make(wanted: readonly StageKind[]): Promise<void> {
    const problems: Diagnostic[] = [];
    let cause: unknown;
    for (const role of wanted) {
      const selected = this.blueprint.selected.get(role);
      if (selected === undefined) continue;
      await this.get(role).catch((error: unknown) => {
        cause ??= error;
        problems.push(creationProblem(this.blueprint, selected, error));
      });
    }
    stopOn(problems, cause);
  }

  /** The type of the image that a measurement restores to. */
  async imageFor(measurement: Aval): Promise<Aval> {
    await this.make(["operator"]);
    const operator = await this.get("operator");
    return within(this.#named("operator"), () => operator.imageFor(measurement));
  }

  /** The operator for images of a type, or of a part of such an image if it is made for parts. */
  async operatorAt(image: Aval, part?: ImagePart): Promise<LinearOperator> {
    await this.make(["operator"]);
    const operator = await this.get("operator");
    requireEvenNoise(this.blueprint, operator);
    return within(this.#named("operator"), () => {
      if (part === undefined) return operator.at(image);
      return operator.locality?.at?.(image, part) ?? operator.at(imageOfPart(image, part));
    });
  }

  /** The denoiser for images of a type, which the network may be asked to see in tiles. */
  async denoiserAt(image: Aval, tile?: number): Promise<Denoiser> {
    await this.make(["denoiser"]);
    const factory = await this.get("denoiser");
    return within(this.#named("denoiser"), () => factory.at(image, tile));
  }

  /** The stages for images of a type, or for a part of such an image, checked against each other. Errors: `ConfigError`. */
  async stagesAt(image: Aval, { part, tile }: { readonly part?: ImagePart; readonly tile?: number } = {}): Promise<SamplerStages> {
    await this.make(["operator", "denoiser", "baseline", "wrapper", "uncertainty", "modulator", "scheduler"]);
    const operator = await this.operatorAt(image, part);
    const denoiser = await this.denoiserAt(part === undefined ? image : imageOfPart(image, part), tile);
    const { selected, config } = this.blueprint;
    const stages: SamplerStages = {
      operator,
      denoiser,
      baseline: await this.get("baseline"),
      scheduler: await this.get("scheduler"),
      ...defined({
        uncertainty: selected.has("uncertainty") ? await this.get("uncertainty") : undefined,
        modulator: selected.has("modulator") ? await this.get("modulator") : undefined,
      }),
      noiseFree: config.noise === 0,
    };
    await checkCapabilities(this.blueprint, stages, this.#environment);
    return guardStages(stages, selected.has("wrapper") ? await this.get("wrapper") : undefined, selected);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#scope[Symbol.asyncDispose]();
  }

  #named(role: StageKind): SelectedStage {
    return this.blueprint.selected.get(role)!;
  }

  // The schema of a stage and the options it validated belong together; the union over kinds cannot say so.
  async #create<K extends StageKind>(selected: SelectedStage): Promise<StageKinds[K]> {
    return (await selected.stage.create(selected.options, this.#environment)) as StageKinds[K];
  }
}
