import { readFileSync } from "node:fs";
import type { HostTensor } from "@leader/graph";
import type { ArchitectureSettings, Checkpoint } from "@leader/networks";
import { describe, expect, it } from "vitest";
import { float32, loaded, relativeError, runGraph, scalar } from "./agreement.js";
import { imageOf, outputOf, weightsOf, type GoldenCase } from "./golden-case.js";
import { asDiffusers } from "./rename-ddpm.js";
import type { StateDict } from "./restated/arrays.js";

/** Root mean square over that of the authors' output: ours, and the least that a wrong setting must make. */
const [bound, wrongBound] = [1e-5, 1e-2];

interface Setting {
  readonly settings?: ArchitectureSettings;
  readonly extra?: Partial<Pick<Checkpoint, "config" | "edm">>;
  readonly level?: number;
}

const golden = (family: string): readonly GoldenCase[] =>
  (
    JSON.parse(readFileSync(new URL(`./goldens/${family}.json`, import.meta.url), "utf8")) as {
      readonly cases: readonly GoldenCase[];
    }
  ).cases;

async function errorOf(made: GoldenCase, weights: StateDict, { settings, extra, level = made.level }: Setting): Promise<number> {
  const { network, graph } = await loaded(weights, settings, extra);
  const inputs: HostTensor[] = [float32(imageOf(made)), scalar(level)];
  if (made.label !== undefined) {
    const data = new Float32Array(network.classes!);
    data[made.label] = 1;
    inputs.push({ shape: [1, data.length], dtype: "float32", data });
  }
  const [actual] = await runGraph(graph(made.shape), inputs);
  const expected = outputOf(made);
  expect(actual!.length).toBe(expected.length);
  return relativeError(actual!, expected);
}

/** The right setting agrees with the authors' module, and each of the wrong ones is told from it. */
async function compare(made: GoldenCase, weights: StateDict, right: Setting, wrong: Readonly<Record<string, Setting>>): Promise<void> {
  const error = await errorOf(made, weights, right);
  const others: Record<string, number> = {};
  for (const [name, setting] of Object.entries(wrong)) others[name] = await errorOf(made, weights, { ...right, ...setting });
  const told = Object.entries(others).map(([name, value]) => `${name} ${value.toExponential(0)}`);
  console.log(`${made.name}: ${error.toExponential(1)}; ${told.join(", ")}`);
  expect(error).toBeLessThanOrEqual(bound);
  for (const value of Object.values(others)) expect(value).toBeGreaterThan(wrongBound);
}

const cases = (family: string): (readonly [string, GoldenCase])[] => golden(family).map((made) => [made.name, made]);

describe("guided-diffusion's UNetModel", () => {
  it.each(cases("adm"))("%s", async (_, made) => {
    const { num_head_channels: channels = -1, num_heads: heads, use_new_attention_order: newOrder = false } = made.arguments;
    const settings = { ...(channels === -1 ? { heads } : { headChannels: channels }), newAttentionOrder: newOrder };
    await compare(
      made,
      weightsOf(made),
      { settings },
      {
        "other order": { settings: { ...settings, newAttentionOrder: !newOrder } },
        "twice the heads": { settings: { ...settings, ...(channels === -1 ? { heads: 2 * heads! } : { headChannels: channels / 2 }) } },
        "timesteps from 0 to 1": { level: made.level / 1000 },
      },
    );
  });
});

describe("the DDPM of Ho et al.", () => {
  it.each(cases("ddpm"))("%s", async (_, made) => {
    await compare(made, weightsOf(made), {}, { "ten timesteps later": { level: made.level + 10 } });
  });

  it.each(
    cases("ddpm").filter(
      ([
        ,
        {
          arguments: { resamp_with_conv },
        },
      ]) => resamp_with_conv,
    ),
  )("as UNet2DModel: %s", async (_, made) => {
    const { weights, config } = asDiffusers(made, weightsOf(made));
    const changed = (change: object): Setting => ({ extra: { config: { ...config, ...change } } });
    await compare(
      made,
      weights,
      { extra: { config } },
      {
        "cosines first": changed({ flip_sin_to_cos: true }),
        "frequencies over half": changed({ freq_shift: 0 }),
        "symmetric padding": changed({ downsample_padding: 1 }),
        "heads of 8": changed({ attention_head_dim: 8 }),
      },
    );
  });
});

describe("EDM's networks in their preconditioning", () => {
  const edm = (className: string): Setting => ({ extra: { edm: { className, arguments: {} } } });
  it.each(cases("edm"))("%s", async (_, made) => {
    const other = made.preconditioning === "EDMPrecond" ? "VPPrecond" : "EDMPrecond";
    await compare(made, weightsOf(made), edm(made.preconditioning!), { [other]: edm(other), "twice the level": { level: 2 * made.level } });
  });
});

describe("DPIR's UNetRes", () => {
  it.each(cases("drunet"))("%s", async (_, made) => {
    await compare(made, weightsOf(made), {}, { "sigma in grey levels": { level: 255 * made.level } });
  });
});

it("knows where every golden comes from", () => {
  for (const family of ["adm", "ddpm", "edm", "drunet"]) {
    const { provenance } = JSON.parse(readFileSync(new URL(`./goldens/${family}.json`, import.meta.url), "utf8")) as {
      readonly provenance: { readonly commit: string; readonly torch: string; readonly sha256: Readonly<Record<string, string>> };
    };
    expect(provenance.commit).toMatch(/[0-9a-f]{40}/u);
    expect(Object.keys(provenance.sha256).length).toBeGreaterThan(4);
  }
});
