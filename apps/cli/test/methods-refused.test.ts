import { isConfigError, parsePipeline } from "leader";
import { describe, expect, it } from "vitest";
import { bundledSources } from "./bundled-sources.js";

const ddnm = '{ use: "@leader/baseline-ddnm#ddnm" }';
const bounded = '{ use: "@leader/operators#motion-blur", with: { size: 5, boundary: zero } }';

/** Lines 2 and 3 of a pipeline, and what else stands in line 4. */
interface Lines {
  readonly operator?: string;
  readonly baseline?: string;
  readonly more?: string;
}

/** The one problem that `check` finds, at the place where it is written. */
async function refusal({ operator = '{ use: "@leader/operators#denoising" }', baseline = ddnm, more = "seed: 0" }: Lines) {
  const text = `apiVersion: leader/v1
operator: ${operator}
baseline: ${baseline}
${more}
denoiser: { use: "leader#gaussian" }
backend: { use: "leader#reference" }
`;
  const check = async (): Promise<unknown> => {
    const pipeline = await parsePipeline(text, "pipeline.yaml", { bundled: bundledSources });
    return await pipeline.check({ shape: [1, 3, 8, 12], dtype: "float32" });
  };
  const error = await check().then(
    () => new Error("the pipeline was not refused"),
    (thrown: unknown) => thrown,
  );
  if (!isConfigError(error)) throw error;
  expect(error.diagnostics).toHaveLength(1);
  const { code, path, line, message, hint } = error.diagnostics[0]!;
  return { code, path, line, text: `${message}; ${hint}` };
}

describe("a method whose needs the operator cannot meet", () => {
  it.each([
    ["@leader/baseline-ddnm#ddnm", "operator.pinv"],
    ["@leader/baseline-ddrm#ddrm", "operator.svd"],
    ["@leader/baseline-projdiff#projdiff-scalar", "operator.pinv"],
    ["@leader/baseline-diffpir#diffpir-back-projection", "operator.pinv"],
    ["@leader/baseline-pirp#pirp", "operator.proxL2"],
    ["@leader/baseline-pirp#fdgr", "operator.proxL2"],
    ["@leader/baseline-repaint#repaint", "operator.pinv"],
  ])("%s is refused for want of %s, with operators that have it", async (use, capability) => {
    const refused = await refusal({ operator: bounded, baseline: `{ use: "${use}" }` });
    expect(refused).toMatchObject({ code: "LEADER_STAGE_INCOMPATIBLE", path: "baseline.use", line: 3 });
    expect(refused.text).toContain(capability);
    expect(refused.text).toContain("@leader/operators#motion-blur has none");
    expect(refused.text).toContain("@leader/operators#gaussian-blur");
  });

  it.each(["@leader/baseline-ddpg#ddpg", "@leader/baseline-diffpir#diffpir"])(
    "%s takes any operator, by conjugate gradients",
    async (use) => {
      await expect(refusal({ operator: bounded, baseline: `{ use: "${use}" }` })).rejects.toThrow("the pipeline was not refused");
    },
  );
});

it.each(['{ use: "@leader/baseline-ddpg#idpg" }', '{ use: "@leader/baseline-ddrm#ddrm", with: { eta: 0 } }'])(
  "the estimator that learns from fresh noise is refused on %s, which adds none",
  async (baseline) => {
    const refused = await refusal({ baseline, more: 'uncertainty: { use: "leader#stein" }' });
    expect(refused).toMatchObject({ code: "LEADER_STAGE_INCOMPATIBLE", path: "uncertainty.use", line: 4 });
    expect(refused.text).toContain("baseline.freshNoise");
  },
);

it.each([
  ["ddnm#ddnm", "eta", 1.01],
  ["ddnm#ddnm", "travelFrom", "start"],
  ["ddrm#ddrm", "eta", -0.1],
  ["ddrm#ddrm", "etaB", 2],
  ["diffpir#diffpir", "lambda", 0],
  ["diffpir#diffpir", "zeta", 1.5],
  ["ddpg#ddpg", "zeta", 2],
  ["ddpg#ddpg", "stepMode", 3],
  ["ddpg#idpg", "gamma", -1],
  ["projdiff#projdiff", "stepSize", 0],
  ["projdiff#projdiff-scalar", "singularValue", -1],
  ["pirp#pirp", "q", 0],
  ["pirp#fdgr", "alpha", 2.5],
  ["repaint#repaint", "variance", "learned"],
  ["samplers#ddim", "eta", 7],
])("%s refuses %s: %s where it is written", async (stage, option, value) => {
  const refused = await refusal({ baseline: `{ use: "@leader/baseline-${stage}", with: { ${option}: ${value} } }` });
  expect(refused).toMatchObject({ path: `baseline.with.${option}`, line: 3 });
  expect(refused.text).toContain(option);
});

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

  it("is no baseline, and a baseline is no wrapper", async () => {
    const asBaseline = await refusal({ baseline: '{ use: "@leader/baseline-equs#equs" }' });
    expect(asBaseline).toMatchObject({ code: "LEADER_STAGE_KIND_MISMATCH", path: "baseline.use", line: 3 });
    const asWrapper = await refusal({ more: `wrapper: ${ddnm}` });
    expect(asWrapper).toMatchObject({ code: "LEADER_STAGE_KIND_MISMATCH", path: "wrapper.use", line: 4 });
  });
});
