import type { AnyStage, Capability, Plugin, Stage, StageKind, StageKinds } from "../contract/plugin.js";
import type { StepScheduler } from "../contract/scheduler.js";
import type { UncertaintyEstimator } from "../contract/uncertainty.js";
import { coreErrors as errors } from "../core-errors.js";
import { defined, forward, isLeaderError } from "@leader/graph";
import { referenceBackend } from "@leader/graph/reference";
import { compileSampler, type CompiledSampler } from "../engine/compile-sampler.js";
import { runSampler } from "../engine/run-sampler.js";
import type { SamplerGraphs } from "../engine/sampler-graphs.js";
import { uniformSteps } from "../schedule/step-sequences.js";
import { toEngineNoise, unitRangeNoise } from "../units.js";
import { createStage } from "./create-stage.js";
import { gaussianOracle, type GaussianOracle } from "./gaussian-oracle.js";
import { oracleGraphs } from "./oracle-graphs.js";
import { oracleMeasurement } from "./oracle-values.js";
import { referenceRules } from "./reference-rules.js";
import { testOperators, type TestOperators } from "./test-operators.js";
import { walkScheduler } from "./walk.js";

/** The kinds of stages that meet in a sampler besides operator and network, which are the oracle's. */
export const combinedKinds = ["baseline", "wrapper", "uncertainty", "modulator", "scheduler"] as const satisfies readonly StageKind[];
export type CombinedKind = (typeof combinedKinds)[number];

/** A stage with the options it takes part with. */
export interface Candidate {
  /** As a pipeline names it. */
  readonly use: string;
  readonly stage: AnyStage;
  readonly options: unknown;
}

/** One stage of each kind by name; `none` where a kind takes no part, `steps` and `steps with travel` for the plainest schedulers. */
export type Combination = Readonly<Record<CombinedKind, string>>;

/** What came of a combination. A refusal is coded, and `curedBy` names what must change for there to be none. */
export type Outcome =
  | { readonly combination: Combination; readonly outcome: "runs"; readonly steps: number }
  | {
      readonly combination: Combination;
      readonly outcome: "refused" | "failed";
      readonly code: string;
      readonly message: string;
      readonly curedBy?: readonly CombinedKind[];
    };

/** Stands where a kind takes no part. */
export const none = "none";

export const isCombined = (kind: StageKind): kind is CombinedKind => combinedKinds.some((combined) => combined === kind);

/** The stages of some kinds in plugins, with options by `<package>#<stage>`. */
export function candidatesOf(plugins: readonly Plugin[], options: Readonly<Record<string, unknown>> = {}): readonly Candidate[] {
  return plugins.flatMap(({ name, stages }) =>
    Object.entries(stages)
      .map(([stage, record]) => ({ use: `${name}#${stage}`, stage: record, options: options[`${name}#${stage}`] ?? {} }))
      .filter((candidate) => isCombined(candidate.stage.kind)),
  );
}

type Made = { readonly [K in CombinedKind]: ReadonlyMap<string, StageKinds[K]> };

const isOfKind = <K extends StageKind>(stage: { readonly kind: StageKind }, kind: K): stage is Stage<K> => stage.kind === kind;

/** Sides that baselines on several scales can halve three times. */
const image = [1, 1, 8, 8];
const steps = 5;
/** What stages do together shows in these: a longer walk then goes to the clean level. Time travel of the usual length comes before. */
const mostSteps = 16;

const exact: UncertaintyEstimator = {
  needsFreshNoise: false,
  estimate(ctx, { x, level }) {
    const variance = ctx.denoiser.posteriorVariance!(x, level);
    return { variance, mean: variance.mean(), standardError: x.trace.scalar(0, "float32") };
  },
};

/**
 * Combinations of stages on a Gaussian prior in the reference interpreter. Tracing and compiling are shared by all schedulers that
 * travel, and by all that do not: a sampler's graphs know no more of them.
 */
export class CompatibilityBench {
  readonly #oracle: GaussianOracle = gaussianOracle({ shape: image, seed: 1 });
  readonly #operatorName: keyof TestOperators;
  readonly #noise: number;
  readonly #requires = new Map<string, readonly Capability[]>();
  readonly #samplers = new Map<string, Promise<CompiledSampler>>();
  #made: Made | undefined;

  constructor(options: { readonly operator?: keyof TestOperators; readonly noise?: number } = {}) {
    this.#operatorName = options.operator ?? "mask";
    this.#noise = options.noise ?? 0;
  }

  /** Makes the stages; what a kind lacks is filled with the plainest of its kind. */
  async make(candidates: readonly Candidate[]): Promise<void> {
    const of = async <K extends CombinedKind>(kind: K): Promise<Map<string, StageKinds[K]>> => {
      const made = new Map<string, StageKinds[K]>();
      for (const { use, stage, options } of candidates) {
        if (!isOfKind(stage, kind)) continue;
        this.#requires.set(use, stage.requires ?? []);
        made.set(use, await createStage<K>(stage, options));
      }
      return made;
    };
    const made = {
      baseline: await of("baseline"),
      wrapper: await of("wrapper"),
      uncertainty: await of("uncertainty"),
      modulator: await of("modulator"),
      scheduler: await of("scheduler"),
    };
    if (made.baseline.size === 0) for (const [name, rule] of Object.entries(referenceRules)) made.baseline.set(name, rule);
    this.#made = made;
  }

  /** Runs a combination; if it is refused, finds the change, or the two, that let it run. */
  async try(combination: Combination): Promise<Outcome> {
    try {
      return { combination, outcome: "runs", steps: await this.#run(combination) };
    } catch (error) {
      if (!isLeaderError(error)) throw error;
      const { code, message } = error;
      // A run that began was not refused.
      const refused = !/_(?:NOT_FINITE|SCHEDULE_INVALID)$/u.test(code);
      const curedBy = refused ? await this.#cure(combination) : undefined;
      return {
        combination,
        outcome: curedBy === undefined ? "failed" : "refused",
        code,
        message,
        ...defined({ curedBy }),
      };
    }
  }

  get #all(): Made {
    if (this.#made === undefined) throw errors.BAD_ARGUMENT({ function: "CompatibilityBench", expected: "make() first", received: "none" });
    return this.#made;
  }

  async #cure(combination: Combination): Promise<readonly CombinedKind[] | undefined> {
    const changes: readonly (readonly [CombinedKind, string])[] = [
      ["uncertainty", "exact"],
      ["modulator", none],
      ["wrapper", none],
      ["scheduler", "steps"],
    ];
    const open = changes.filter(([kind, change]) => combination[kind] !== change);
    const pairs = open.flatMap((one, i) => open.slice(i + 1).map((other) => [one, other]));
    // Two partners can each have a reason of their own.
    for (const made of [...open.map((one) => [one]), ...pairs]) {
      const runs = await this.#run({ ...combination, ...Object.fromEntries(made) }).then(
        () => true,
        () => false,
      );
      if (runs) return made.map(([kind]) => kind);
    }
    return undefined;
  }

  async #run(combination: Combination): Promise<number> {
    const scheduler = this.#scheduler(combination.scheduler);
    const sampler = await this.#sampler(combination, scheduler);
    const operator = testOperators(this.#oracle.image)[this.#operatorName];
    const { schedule } = this.#oracle;
    const y = { ...operator.range, data: oracleMeasurement(this.#oracle, operator, this.#noise) };
    const result = await runSampler(sampler, { schedule, scheduler, y, sigmaY: toEngineNoise(unitRangeNoise(this.#noise)), seed: 3 });
    return result.steps.length;
  }

  #scheduler(name: string): StepScheduler {
    const levels = uniformSteps(this.#oracle.schedule, steps);
    if (name === "steps") return { ...walkScheduler(levels), travels: false };
    if (name === "steps with travel") return walkScheduler([levels[0]!, levels[2]!, levels[1]!, ...levels.slice(2)]);
    return shortened(this.#all.scheduler.get(name)!);
  }

  #sampler(combination: Combination, scheduler: StepScheduler): Promise<CompiledSampler> {
    const observes = scheduler.observes.includes("uncertainty");
    const travels = scheduler.travels ?? true;
    const key = JSON.stringify([
      combination.baseline,
      combination.wrapper,
      combination.uncertainty,
      combination.modulator,
      travels,
      observes,
    ]);
    const known = this.#samplers.get(key) ?? this.#compile(combination, scheduler);
    this.#samplers.set(key, known);
    return known;
  }

  async #compile(combination: Combination, scheduler: StepScheduler): Promise<CompiledSampler> {
    return await compileSampler(this.#trace(combination, scheduler), referenceBackend());
  }

  #trace(combination: Combination, scheduler: StepScheduler): SamplerGraphs {
    const { baseline, wrapper, uncertainty, modulator } = this.#all;
    const rule = baseline.get(combination.baseline)!;
    this.#checkPowers(combination);
    return oracleGraphs({
      oracle: this.#oracle,
      operator: testOperators(this.#oracle.image)[this.#operatorName],
      baseline: combination.wrapper === none ? rule : wrapper.get(combination.wrapper)!.wrap(rule),
      scheduler,
      noise: this.#noise,
      uncertainty: combination.uncertainty === "exact" ? exact : uncertainty.get(combination.uncertainty),
      modulator: modulator.get(combination.modulator),
    });
  }

  /** As the host does before it traces; the oracle and its operators have every power of their own. */
  #checkPowers(combination: Combination): void {
    for (const kind of combinedKinds) {
      if (combination.uncertainty !== none || this.#requires.get(combination[kind])?.includes("prior.uncertainty") !== true) continue;
      throw errors.UNCERTAINTY_MISSING({ stage: kind });
    }
  }
}

/** A scheduler that takes at most `mostSteps` steps. */
const shortened = (scheduler: StepScheduler): StepScheduler =>
  forward(scheduler, {
    decide(at, state) {
      const made = scheduler.decide(at, state);
      const isLast = made.decision.kind === "step" && at.number + 1 >= mostSteps;
      return isLast ? { ...made, decision: { kind: "step", to: 0 } } : made;
    },
  });
