import type { AnyStage, Capability, OperatorFactory, SamplerStages, StageEnvironment } from "@leader/core";
import { errors } from "../../error-codes.js";
import type { Blueprint } from "../config/blueprint.js";
import { keyOfRole } from "../envelope.js";
import { stopOn, type Diagnostic } from "../config/diagnostic.js";
import { hasKey } from "@leader/graph";

/** Whether a composed sampler has a power, as far as that is known before tracing. */
const has: Readonly<Record<Capability, (stages: SamplerStages) => boolean>> = {
  "operator.pinv": ({ operator }) => operator.pinv !== undefined,
  "operator.svd": ({ operator }) => operator.svd !== undefined,
  "operator.proxL2": ({ operator }) => operator.proxL2 !== undefined,
  "denoiser.differentiable": ({ denoiser }) => denoiser.differentiable,
  "denoiser.posteriorVariance": ({ denoiser }) => denoiser.posteriorVariance !== undefined,
  "prior.uncertainty": ({ uncertainty }) => uncertainty !== undefined,
  // Only the trace can tell: it depends on options of the baseline, such as its share of fresh noise.
  "baseline.freshNoise": () => true,
};

/** Checks what each stage requires of the others. Errors: `ConfigError` at the `use:` of the stages that cannot work. */
export async function checkCapabilities(blueprint: Blueprint, stages: SamplerStages, environment: StageEnvironment): Promise<void> {
  const problems: Diagnostic[] = [];
  for (const selected of blueprint.selected.values()) {
    for (const capability of selected.stage.requires ?? []) {
      if (Object.hasOwn(has, capability) && has[capability](stages)) continue;
      const error = errors.STAGE_INCOMPATIBLE({
        stage: `${selected.role} ${selected.use}`,
        capability,
        lacking: lackingText(blueprint, capability),
        having: await stagesWith(blueprint, capability, stages, environment),
      });
      problems.push(blueprint.document.diagnose(error, [keyOfRole(blueprint.document, selected.role), "use"]));
    }
  }
  stopOn(problems);
}

/** Noise that grows with brightness is made even in the picture itself, which no other degradation would see as the same. Errors: `ConfigError`. */
export function requireEvenNoise(blueprint: Blueprint, { identity = false }: OperatorFactory): void {
  const { noise, operator } = blueprint.config;
  if (identity || typeof noise !== "object") return;
  const between = Number(((noise.black + noise.white) / 2).toPrecision(3));
  stopOn([blueprint.document.diagnose(errors.NOISE_GROWS({ operator: operator.use, between }), ["noise"])]);
}

/** Fresh noise is seen only while tracing; the error is then given its place here. */
export function freshNoiseProblem(blueprint: Blueprint, message: string): Diagnostic | undefined {
  const estimator = blueprint.selected.get("uncertainty");
  const baseline = blueprint.selected.get("baseline");
  if (estimator === undefined || baseline === undefined) return undefined;
  const error = errors.STAGE_INCOMPATIBLE({
    stage: `uncertainty ${estimator.use}`,
    capability: "baseline.freshNoise",
    lacking: `baseline ${baseline.use} gives none with these options (${message})`,
    having: [],
  });
  return blueprint.document.diagnose(error, [keyOfRole(blueprint.document, "uncertainty"), "use"]);
}

function lackingText({ selected }: Blueprint, capability: string): string {
  const role = capability.split(".")[0];
  const owner = [...selected.values()].find((stage) => stage.role === role);
  if (owner !== undefined && Object.hasOwn(has, capability)) return `${owner.use} has none`;
  return capability === "prior.uncertainty" ? "the pipeline has no `uncertainty`" : "this host does not know it";
}

/** Stages of the loaded plugins that have the power with their default options. */
async function stagesWith(
  blueprint: Blueprint,
  capability: string,
  stages: SamplerStages,
  environment: StageEnvironment,
): Promise<readonly string[]> {
  const [kind] = capability.split(".");
  const all = blueprint.loaded.flatMap(({ name, plugin }) =>
    Object.entries(plugin.stages).map(([stage, record]) => ({ use: `${name}#${stage}`, record })),
  );
  if (capability === "prior.uncertainty") return all.filter(({ record }) => record.kind === "uncertainty").map(({ use }) => use);
  const found: string[] = [];
  for (const { use, record } of all) {
    if (record.kind === kind && (await triedWith(record, capability, stages, environment))) found.push(use);
  }
  return found;
}

async function triedWith(record: AnyStage, capability: string, stages: SamplerStages, environment: StageEnvironment): Promise<boolean> {
  try {
    const options = await record.options["~standard"].validate({});
    if (options.issues !== undefined) return false;
    const { image } = stages.denoiser;
    let variant = stages;
    if (record.kind === "operator") variant = { ...stages, operator: (await record.create(options.value, environment)).at(image) };
    if (record.kind === "denoiser") variant = { ...stages, denoiser: (await record.create(options.value, environment)).at(image) };
    return hasKey(has, capability) && has[capability](variant);
  } catch {
    // A suggestion that cannot even be made is no suggestion.
    return false;
  }
}
