import { defineErrors } from "@leader/graph";

/** Every error code of `@leader/core`; a code is never reused. */
export const errors = defineErrors("LEADER", {
  ADJOINT_WRONG: (p: { operator: string; error: number; tolerance: number; ratios: readonly number[] }) => ({
    message:
      `the adjoint of \`${p.operator}\` fails the dot test: ${p.error.toExponential(1)} > ${p.tolerance}; ` +
      `<x, A^T y> / <A x, y> is ${p.ratios.map((ratio) => ratio.toFixed(4)).join(", ")}`,
    hint: "the same ratio for every seed means a forgotten factor, differing ratios a wrong index; leave `adjoint` out to have it derived",
  }),
  NAME_TAKEN: (p: { kind: string; name: string }) => ({
    message: `the ${p.kind} \`${p.name}\` is used twice in one phase of the step`,
    hint: "give each draw and each observation of a step a name of its own",
  }),
  STATE_STRUCTURE_CHANGED: (p: { stage: string; expected: string; received: string }) => ({
    message: `the state of the ${p.stage} changed its structure: it began as ${p.expected} and became ${p.received}`,
    hint: "return a state with the same keys, shapes and element types from `init` and from every step",
  }),
  UNCERTAINTY_MISSING: (p: { stage: string }) => ({
    message: `the ${p.stage} needs the posterior uncertainty, but the pipeline has no estimator`,
    hint: "add an `uncertainty` stage to the pipeline, such as `leader#stein`",
  }),
  FRESH_NOISE_MISSING: (p: { where: string }) => ({
    message: `the uncertainty estimator learns from fresh noise, but the baseline adds none that it can report (in \`${p.where}\`)`,
    hint:
      p.where === "travel"
        ? "use a scheduler that does not travel in time (it says so with `travels: false`), a baseline whose `travel` reports its noise, or another estimator, such as `leader#finite-difference`"
        : "use a stochastic baseline (for DDNM: eta > 0) or another estimator, such as `leader#finite-difference`",
  }),
  LEARNED_VARIANCE_MISSING: (_: Readonly<Record<string, never>>) => ({
    message: "`variance: learned` needs a network that learned the variance of its steps, and this one did not",
    hint: "leave `variance` out, or use a network with twice the channels of the image, as guided-diffusion trains it (`learn_sigma`)",
  }),
  STAGE_NOT_FINITE: (p: { stage: string; step: number; level: number }) => ({
    message: `the ${p.stage} produced NaN or infinity in step ${p.step} (level ${p.level}), or numbers that no image can come from`,
    hint:
      p.stage === "denoiser"
        ? "check that the network file matches its options (conditioning input, what it predicts, value range) and is not damaged"
        : "run with --debug-reference to find the operation that produced it",
  }),
  SCHEDULE_INVALID: (p: { decision: string; problem: string }) => ({
    message: `the scheduler decided ${p.decision}: ${p.problem}`,
    hint: "a step goes to a strictly cleaner level, and time travel to a level noisier than the one just reached",
  }),
  ABORTED: (p: { step: number }) => ({
    message: `the run was cancelled before step ${p.step}`,
    hint: "start it again; nothing was written",
  }),
  BACKEND_LACKS_OPS: (p: { backend: string; graph: string; list: string }) => ({
    message: `backend ${p.backend} cannot run the ${p.graph} graph: ${p.list}`,
    hint: "choose another backend in the pipeline's `backend:` line",
  }),
});
