import type { StageKind } from "@leader/core";
import { defined } from "@leader/graph";
import { errors } from "../../error-codes.js";
import { standardDenoiser, standardPrior } from "../standard.js";
import type { PipelineOptions, ResolvedConfig, ResolvedStage } from "../types.js";
import { stopOn } from "./diagnostic.js";
import type { ConfigDocument } from "./document.js";
import { fileVersion, roles, type Envelope, type StageReference } from "../envelope.js";
import type { SelectedStage } from "./stage-reader.js";

type NeededRole = "operator" | "denoiser" | "baseline" | "scheduler" | "backend";

/** The stage of every role that the file or a default fills. */
export type References = { readonly [K in NeededRole]: StageReference } & {
  readonly [K in Exclude<StageKind, NeededRole>]?: StageReference | undefined;
};

const defaultScheduler: StageReference = { use: "leader#uniform", with: { steps: 100 } };
const defaultBackend: StageReference = { use: "@leader/backend-onnx#cpu" };

/** The roles that are filled, in order. */
export const filledRoles = (references: References): ReadonlyMap<StageKind, StageReference> =>
  new Map(roles.flatMap((role) => (references[role] === undefined ? [] : [[role, references[role]] as const])));

/** The stages that a file names, and the defaults of those that it leaves out. Errors: `ConfigError`. */
export function referencesOf(head: Envelope, options: PipelineOptions, document: ConfigDocument): References {
  const denoiser = head.denoiser ?? options.defaults?.denoiser ?? standardDenoiser(options.files ?? {});
  if (denoiser === undefined) {
    return stopOn([
      document.diagnose(
        errors.CONFIG_MISSING_KEY({
          key: "denoiser",
          where: "the pipeline",
          expected: `the diffusion prior; with ${standardPrior} installed it may be left out`,
        }),
        [],
      ),
    ]);
  }
  return {
    operator: head.operator,
    denoiser,
    baseline: head.baseline,
    wrapper: head.wrapper,
    uncertainty: head.uncertainty,
    modulator: head.modulator ?? head.ucpm,
    scheduler: head.scheduler ?? head.satp ?? defaultScheduler,
    backend: head.backend ?? options.defaults?.backend ?? defaultBackend,
  };
}

/** The configuration after defaults, with the options as their stages checked them. */
export function configOf(head: Envelope, references: References, selected: ReadonlyMap<StageKind, SelectedStage>): ResolvedConfig {
  const resolved = (role: StageKind, { use, with: stated }: StageReference): ResolvedStage => {
    const chosen = selected.get(role);
    return { use, with: structuredCopy(chosen === undefined ? (stated ?? {}) : chosen.options) };
  };
  const optional = (role: Exclude<StageKind, NeededRole>): ResolvedStage | undefined => {
    const reference = references[role];
    return reference && resolved(role, reference);
  };
  return {
    apiVersion: fileVersion,
    seed: head.seed,
    noise: head.noise,
    ...(head.samples === 1 ? {} : { samples: head.samples }),
    ...(head.meanOf === 1 ? {} : { meanOf: head.meanOf }),
    operator: resolved("operator", references.operator),
    denoiser: resolved("denoiser", references.denoiser),
    baseline: resolved("baseline", references.baseline),
    ...defined({ wrapper: optional("wrapper"), uncertainty: optional("uncertainty"), modulator: optional("modulator") }),
    scheduler: resolved("scheduler", references.scheduler),
    backend: resolved("backend", references.backend),
  };
}

/** A copy, so that freezing the configuration does not freeze what the stages hold; what cannot be copied is shown as text. */
function structuredCopy(value: unknown): unknown {
  try {
    return structuredClone(value);
  } catch {
    return String(value);
  }
}
