import { join } from "node:path";
import { isConfigError, parsePipeline } from "leader-restore";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { bundledSources } from "./bundled-sources.js";
import { makeFolder, removeFolder } from "./host-fixture.js";

const ddnm = '{ use: "@leader/baseline-ddnm#ddnm" }';
const bounded = '{ use: "@leader/operators#motion-blur", with: { size: 5, boundary: zero } }';

/** Lines 2 and 3 of a pipeline, and what else stands in line 4. */
interface Lines {
  readonly operator?: string;
  readonly baseline?: string;
  readonly more?: string;
  readonly denoiser?: string;
  /** How many needs are not met. Default 1. */
  readonly problems?: number;
}

/** A backend that can do everything but compile: what is refused is refused before. And a denoiser without derivative. */
const backendPlugin = `
const options = { "~standard": { version: 1, vendor: "example", validate: (value) => ({ value }) } };
const backend = { name: "idle", description: "idle", unsupported: () => [], [Symbol.asyncDispose]: async () => {} };
const refuse = async () => { throw new Error("the backend was used"); };
const schedule = { length: 3, alphaBar: Float64Array.of(1, 0.5, 0.01), timestep: Float64Array.of(-1, 0, 1) };
const opaque = (image) => ({ image, schedule, differentiable: false, denoise: (x) => ({ x0: x, epsilon: x }) });
export default { apiVersion: "1.0", name: "idle", version: "1.0.0", stages: {
  idle: { kind: "backend", summary: "computes nothing", options, create: () => ({ ...backend, compile: refuse, upload: refuse }) },
  opaque: { kind: "denoiser", summary: "has no derivative", options, create: () => ({ schedule, at: opaque }) },
} };
`;
let folder = "";
beforeAll(async () => {
  folder = await makeFolder({ "package.json": '{ "type": "module" }', "idle.js": backendPlugin });
});
afterAll(() => removeFolder(folder));

/** The first problem that `check` finds; `place` is the text from where it points. */
async function refusal({
  operator = '{ use: "@leader/operators#denoising" }',
  baseline = ddnm,
  more = "seed: 0",
  denoiser = "leader#gaussian",
  problems = 1,
}: Lines) {
  const text = `apiVersion: leader/v1
operator: ${operator}
baseline: ${baseline}
${more}
denoiser: { use: "${denoiser}" }
backend: { use: "./idle.js#idle" }
`;
  const path = join(folder, "pipeline.yaml");
  const check = async (): Promise<unknown> => {
    const pipeline = await parsePipeline(text, path, { bundled: bundledSources });
    return await pipeline.check({ shape: [1, 3, 8, 12], dtype: "float32" });
  };
  const error = await check().then(
    () => new Error("the pipeline was not refused"),
    (thrown: unknown) => thrown,
  );
  if (!isConfigError(error)) throw error;
  expect(error.diagnostics).toHaveLength(problems);
  const { code, path: at, file, line, column, message, hint } = error.diagnostics[0]!;
  expect(file).toBe(path);
  const place = text.split("\n")[line! - 1]!.slice(column! - 1);
  return { code, path: at, line, place, text: `${message}; ${hint}` };
}

describe("a method whose needs the operator cannot meet", () => {
  it.each([
    ["@leader/baseline-ddnm#ddnm", "operator.pinv"],
    ["@leader/baseline-ddnm#ddnm-plus", "operator.pinv", 2],
    ["@leader/baseline-ddnm#ddnm-plus-simplified", "operator.pinv"],
    ["@leader/baseline-ddrm#ddrm", "operator.svd"],
    ["@leader/baseline-projdiff#projdiff", "operator.pinv", 2],
    ["@leader/baseline-projdiff#projdiff-scalar", "operator.pinv"],
    ["@leader/baseline-diffpir#diffpir-back-projection", "operator.pinv"],
    ["@leader/baseline-pirp#pirp", "operator.proxL2"],
    ["@leader/baseline-pirp#fdgr", "operator.proxL2"],
    ["@leader/baseline-repaint#repaint", "operator.pinv"],
    ["@leader/baseline-dps#mcg", "operator.pinv"],
    ["@leader/baseline-pigdm#pigdm", "operator.pinv"],
  ] as [string, string, number?][])("%s is refused for want of %s, with operators that have it", async (use, capability, problems = 1) => {
    const refused = await refusal({ operator: bounded, baseline: `{ use: "${use}" }`, problems });
    expect(refused).toMatchObject({ code: "LEADER_STAGE_INCOMPATIBLE", path: "baseline.use", line: 3 });
    expect(refused.place).toMatch(new RegExp(`^"?${use}`, "u"));
    expect(refused.text).toContain(capability);
    expect(refused.text).toContain("@leader/operators#motion-blur has none");
    expect(refused.text).toContain("@leader/operators#gaussian-blur");
  });

  it.each([
    "@leader/baseline-ddpg#ddpg",
    "@leader/baseline-ddpg#idpg",
    "@leader/baseline-diffpir#diffpir",
    "@leader/baseline-diffpir#diffpir-gradient",
    "@leader/baseline-dps#dps",
    "@leader/baseline-dpps#dpps",
    "@leader/baseline-fgps#fgps",
    "@leader/baseline-sitcom#sitcom",
    "@leader/baseline-spgd#spgd",
  ])("%s takes any operator", async (use) => {
    await expect(refusal({ operator: bounded, baseline: `{ use: "${use}" }` })).rejects.toThrow(
      /^the (?:pipeline was not refused|backend was used)$/u,
    );
  });
});

it("FGPS is refused where the measurement is no picture to filter", async () => {
  const refused = await refusal({
    operator: '{ use: "@leader/operators#walsh-hadamard" }',
    baseline: '{ use: "@leader/baseline-fgps#fgps" }',
  });
  expect(refused).toMatchObject({ code: "LEADER_BAD_ARGUMENT", path: "baseline.use", line: 3 });
  expect(refused.text).toContain("measures pictures");
});

it.each([
  '{ use: "@leader/baseline-ddpg#idpg" }',
  '{ use: "@leader/baseline-spgd#spgd" }',
  '{ use: "@leader/baseline-ddrm#ddrm", with: { eta: 0 } }',
])("the estimator that learns from fresh noise is refused on %s, which adds none", async (baseline) => {
  const refused = await refusal({ baseline, more: 'uncertainty: { use: "leader#stein" }' });
  expect(refused).toMatchObject({ code: "LEADER_STAGE_INCOMPATIBLE", path: "uncertainty.use", line: 4 });
  expect(refused.text).toContain("baseline.freshNoise");
});

describe("a method that differentiates the network", () => {
  it.each(["dps#dps", "dps#mcg", "pigdm#pigdm", "sitcom#sitcom"])("%s is refused with a denoiser that has no derivative", async (stage) => {
    const use = `@leader/baseline-${stage}`;
    const refused = await refusal({ baseline: `{ use: "${use}" }`, denoiser: "./idle.js#opaque" });
    expect(refused).toMatchObject({ code: "LEADER_STAGE_INCOMPATIBLE", path: "baseline.use", line: 3 });
    expect(refused.place).toMatch(new RegExp(`^"?${use}`, "u"));
    expect(refused.text).toContain("needs denoiser.differentiable, but ./idle.js#opaque has none");
    expect(refused.text).toContain("leader#gaussian");
  });

  it("is an estimator too", async () => {
    const refused = await refusal({ more: 'uncertainty: { use: "leader#jvp" }', denoiser: "./idle.js#opaque" });
    expect(refused).toMatchObject({ code: "LEADER_STAGE_INCOMPATIBLE", path: "uncertainty.use", line: 4 });
  });
});

it.each([
  ["ddnm#ddnm", "eta", 1.01],
  ["ddnm#ddnm", "travelFrom", "start"],
  ["ddnm#ddnm-plus", "eta", -1],
  ["ddnm#ddnm-plus-simplified", "legacyNoiseDamping", 1],
  ["ddrm#ddrm", "eta", -0.1],
  ["ddrm#ddrm", "etaB", 2],
  ["diffpir#diffpir", "lambda", 0],
  ["diffpir#diffpir", "zeta", 1.5],
  ["diffpir#diffpir", "iterations", 0],
  ["diffpir#diffpir-back-projection", "gamma", -1],
  ["diffpir#diffpir-gradient", "start", "black"],
  ["ddpg#ddpg", "zeta", 2],
  ["ddpg#ddpg", "stepMode", 3],
  ["ddpg#idpg", "gamma", -1],
  ["projdiff#projdiff", "stepSize", 0],
  ["projdiff#projdiff-scalar", "singularValue", -1],
  ["pirp#pirp", "q", 0],
  ["pirp#fdgr", "alpha", 2.5],
  ["repaint#repaint", "variance", "lower"],
  ["samplers#ddpm", "variance", "lower"],
  ["samplers#ddim", "eta", 7],
  ["daps#daps", "tau", 0],
  ["red-diff#red-diff", "weighting", "cubic"],
  ["dcdp#dcdp", "evaluations", 0],
  ["rdmd#rdmd", "tau", 1.5],
  ["cddb#cddb", "stepSize", -1],
  ["samplers#dpm-solver", "order", 3],
  ["samplers#dpm-solver-plus-plus", "order", 0],
  ["samplers#edm-heun", "clip", 2],
  ["dps#dps", "scale", -1],
  ["pigdm#pigdm", "guidance", "score"],
  ["sitcom#sitcom", "evaluations", 0],
])("%s refuses %s: %s where it is written", async (stage, option, value) => {
  const refused = await refusal({ baseline: `{ use: "@leader/baseline-${stage}", with: { ${option}: ${value} } }` });
  expect(refused).toMatchObject({ path: `baseline.with.${option}`, line: 3 });
  expect(refused.place).toMatch(new RegExp(`^(?:${option}: )?${value}`, "u"));
  expect(refused.text).toContain(option);
});

it.each(["dps#dps", "dps#mcg", "dpps#dpps", "fgps#fgps", "repaint#repaint", "zaps#zaps", "cddb#cddb", "samplers#ddpm"])(
  "%s refuses a learned variance where it is written, with a network that has none",
  async (stage) => {
    const baseline = `{ use: "@leader/baseline-${stage}", with: { variance: learned${stage.startsWith("zaps") ? ", scales: 1" : ""} } }`;
    const refused = await refusal({ baseline });
    expect(refused).toMatchObject({ code: "LEADER_LEARNED_VARIANCE_MISSING", path: "baseline.with.variance", line: 3 });
    expect(refused.place).toMatch(/^(?:variance: )?learned/u);
    expect(refused.text).toContain("leave `variance` out");
  },
);

describe("a wrapper", () => {
  it("refuses options where they are written", async () => {
    const refused = await refusal({ more: 'wrapper: { use: "@leader/baseline-equs#equs", with: { transformation: mirror } }' });
    expect(refused).toMatchObject({ path: "wrapper.with.transformation", line: 4 });
  });

  it("is named when it cannot work, and not the baseline inside", async () => {
    const refused = await refusal({ more: 'wrapper: { use: "@leader/baseline-equs#equs", with: { transformation: rotate-90 } }' });
    expect(refused).toMatchObject({ code: "LEADER_BAD_ARGUMENT", path: "wrapper.use", line: 4 });
    expect(refused.text).toContain("8 x 12");
  });

  it("is named where the baseline gives it nothing to work on", async () => {
    const refused = await refusal({ more: 'wrapper: { use: "@leader/baseline-hgu#hgu" }' });
    expect(refused).toMatchObject({ code: "LEADER_BAD_ARGUMENT", path: "wrapper.use", line: 4 });
    expect(refused.text).toContain("gradient through the network");
  });

  it("is no baseline, and a baseline is no wrapper", async () => {
    const asBaseline = await refusal({ baseline: '{ use: "@leader/baseline-equs#equs" }' });
    expect(asBaseline).toMatchObject({ code: "LEADER_STAGE_KIND_MISMATCH", path: "baseline.use", line: 3 });
    const asWrapper = await refusal({ more: `wrapper: ${ddnm}` });
    expect(asWrapper).toMatchObject({ code: "LEADER_STAGE_KIND_MISMATCH", path: "wrapper.use", line: 4 });
  });
});
