import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { levelScalars, linearBetaSchedule, trace, type DenoiserFactory, type StageEnvironment, type Tensor } from "@leader/core";
import { constantLevel, createStage, testEnvironment } from "@leader/core/testing";
import { readOnnx, writeOnnx } from "@leader/graph/onnx";
import { createTfjsBackend } from "@leader/backend-tfjs";
import { checkpoint, checkpointFromBytes, loadWeights, networkGraph, recognise } from "@leader/networks";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { float32, relativeError, runGraph } from "./agreement.js";
import { torchFile } from "./make-torch.js";
import { admForward, type AdmCase } from "./restated/adm.js";
import { random, StateDict, type Arr } from "./restated/arrays.js";
import { ddpmForward } from "./restated/ddpm.js";
import { safetensorsOf } from "./write-safetensors.js";

let folder = "";
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "leader-checkpoint-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const warnings: string[] = [];
const environment: StageEnvironment = { ...testEnvironment, warn: (code) => void warnings.push(code) };
async function stage(options: object): Promise<DenoiserFactory> {
  warnings.length = 0;
  return await createStage(checkpoint, options, environment);
}

const schedule = linearBetaSchedule();
async function posteriorMean(factory: DenoiserFactory, x: Arr, index = 300): Promise<Float32Array> {
  const denoiser = factory.at({ shape: x.shape, dtype: "float32" });
  const graph = trace(
    (state) => denoiser.denoise(state, constantLevel(state.trace, factory.schedule, index)).x0,
    [{ shape: x.shape, dtype: "float32" }],
  );
  return (await runGraph(graph, [float32(x)]))[0]!;
}
/** x0 of a network that predicts epsilon. */
function x0From(x: Arr, epsilon: Arr, index = 300): Float64Array {
  const { sqrtAlphaBar, sqrtOneMinusAlphaBar } = levelScalars(schedule, index);
  return x.data.map((value, i) => (value - sqrtOneMinusAlphaBar * epsilon.data[i]!) / sqrtAlphaBar);
}

function file(name: string, bytes: Uint8Array): string {
  const path = join(folder, name);
  writeFileSync(path, bytes);
  return path;
}

const adm: AdmCase = { C: 32, mult: [1, 2], B: 1, attn: [1], out: 6, updown: true, scaleShift: true, headChannels: 16, newOrder: false };
const psnr = (actual: ArrayLike<number>, expected: ArrayLike<number>): number => {
  let [sum, peak] = [0, 0];
  for (let i = 0; i < expected.length; i++) {
    sum += (actual[i]! - expected[i]!) ** 2;
    peak = Math.max(peak, Math.abs(expected[i]!));
  }
  return 10 * Math.log10((4 * peak * peak) / (sum / expected.length));
};

describe("the stage", () => {
  it("denoises as the network does, with the learned variance dropped and the borders mirrored", async () => {
    const weights = new StateDict();
    const padded = random("padded", [1, 3, 4, 6]);
    admForward(adm, weights, padded, 299);
    const factory = await stage({ path: file("adm.pt", torchFile(weights.entries)), headChannels: 16 });
    expect(warnings).toContain("LEADER_CHECKPOINT_ASSUMED");
    const epsilon = admForward(adm, weights, padded, 299);
    const half: Arr = { shape: padded.shape, data: epsilon.data.slice(0, padded.data.length) };
    expect(relativeError(await posteriorMean(factory, padded), x0From(padded, half))).toBeLessThan(1e-5);
    // 3 x 5 pixels become 4 x 6 by mirroring the last row and column but one.
    const small: Arr = {
      shape: [1, 3, 3, 5],
      data: new Float64Array(45).map((_, i) => padded.data[Math.floor(i / 15) * 24 + Math.floor((i % 15) / 5) * 6 + (i % 5)]!),
    };
    const mirrored: Arr = {
      shape: [1, 3, 4, 6],
      data: padded.data.map((_, i) => {
        const [c, r, q] = [Math.floor(i / 24), Math.floor((i % 24) / 6), i % 6];
        return small.data[c * 15 + (r < 3 ? r : 1) * 5 + (q < 5 ? q : 3)]!;
      }),
    };
    const wide = admForward(adm, weights, mirrored, 299);
    const cut: Arr = {
      shape: small.shape,
      data: small.data.map((_, i) => wide.data[Math.floor(i / 15) * 24 + Math.floor((i % 15) / 5) * 6 + (i % 5)]!),
    };
    expect(relativeError(await posteriorMean(factory, small), x0From(small, cut))).toBeLessThan(1e-5);
  });

  it("guides by classes, with two evaluations", async () => {
    const o = { ...adm, classes: 4 };
    const weights = new StateDict();
    const x = random("image", [1, 3, 4, 4]);
    const [labelled, without] = [admForward(o, weights, x, 299, 3), admForward(o, weights, x, 299)];
    const factory = await stage({ path: file("classes.pt", torchFile(weights.entries)), headChannels: 16, label: 3, guidance: 2.5 });
    const epsilon: Arr = { shape: x.shape, data: x.data.map((_, i) => without.data[i]! + 2.5 * (labelled.data[i]! - without.data[i]!)) };
    expect(relativeError(await posteriorMean(factory, x), x0From(x, epsilon))).toBeLessThan(1e-5);
    await expect(stage({ path: join(folder, "classes.pt"), headChannels: 16 })).rejects.toMatchObject({ code: "LEADER_CHECKPOINT_OPTION" });
    await expect(stage({ path: join(folder, "classes.pt"), headChannels: 16, label: 4 })).rejects.toMatchObject({
      code: "LEADER_CHECKPOINT_OPTION",
    });
  });

  it("has a learned variance, which guidance leaves where the class puts it", async () => {
    const o = { ...adm, classes: 4 };
    const weights = new StateDict();
    const x = random("image", [1, 3, 4, 4]);
    const v = admForward(o, weights, x, 299, 3).data.slice(48);
    const factory = await stage({ path: file("learned.pt", torchFile(weights.entries)), headChannels: 16, label: 3, guidance: 2.5 });
    const type = { shape: x.shape, dtype: "float32" as const };
    const graph = trace((state) => factory.at(type).denoise(state, constantLevel(state.trace, schedule, 300)).varianceShare!, [type]);
    const [share] = await runGraph(graph, [float32(x)]);
    expect(
      relativeError(
        share!,
        v.map((value) => (value + 1) / 2),
      ),
    ).toBeLessThan(1e-5);
  });

  it("runs on TensorFlow.js", async () => {
    const weights = new StateDict();
    const x = random("image", [1, 3, 4, 4]);
    const epsilon = admForward(adm, weights, x, 299);
    const factory = await stage({ path: file("tfjs.pt", torchFile(weights.entries)), headChannels: 16 });
    const image = { shape: x.shape, dtype: "float32" as const };
    const denoiser = factory.at(image);
    const graph = trace((state) => denoiser.denoise(state, constantLevel(state.trace, schedule, 300)).x0, [image]);
    const backend = await createTfjsBackend({ prefer: ["cpu"] }, { warn: () => undefined });
    await using executable = await backend.compile(graph);
    const [output] = await executable.run([await backend.upload(float32(x))]);
    const actual = (await output!.read()).data as Float32Array;
    expect(relativeError(actual, x0From(x, { shape: x.shape, data: epsilon.data.slice(0, 48) }))).toBeLessThan(1e-5);
  });
});

/** Names of Ho et al. as diffusers calls them. */
const renamed = (key: string, levels: number): string =>
  key
    .replace(/^down\.(\d+)\./u, "down_blocks.$1.")
    .replace(/^up\.(\d+)\./u, (_, i: string) => `up_blocks.${levels - 1 - Number(i)}.`)
    .replace(/\bblock\.(\d+)\./u, "resnets.$1.")
    .replace(/\battn\.(\d+)\./u, "attentions.$1.")
    .replace("mid.block_1", "mid_block.resnets.0")
    .replace("mid.attn_1", "mid_block.attentions.0")
    .replace("mid.block_2", "mid_block.resnets.1")
    .replace("temb.dense.0", "time_embedding.linear_1")
    .replace("temb.dense.1", "time_embedding.linear_2")
    .replace("temb_proj", "time_emb_proj")
    .replace("nin_shortcut", "conv_shortcut")
    .replace("downsample.conv", "downsamplers.0.conv")
    .replace("upsample.conv", "upsamplers.0.conv")
    .replace("norm_out", "conv_norm_out")
    .replace(/(attentions\.\d+)\.norm\./u, "$1.group_norm.")
    .replace(/(attentions\.\d+)\.([qkv])\./u, "$1.to_$2.")
    .replace(/(attentions\.\d+)\.proj_out\./u, "$1.to_out.0.");

/** A folder of diffusers in shards, with the weights of Ho et al.'s network; twice the output, if it is to have learned the variance too. */
function diffusersFolder(folderName: string, weights: StateDict, varianceType?: string): string {
  const names = [...weights.entries].map(([key, { shape, data }]): [string, Arr] => {
    const name = renamed(key, 2);
    if (name.startsWith("conv_out") && varianceType !== undefined)
      return [name, { shape: [6, ...shape.slice(1)], data: Float64Array.from([...data, ...data]) }];
    return [name, { shape: /attentions.*(to_.*)weight/u.test(name) ? shape.slice(0, 2) : shape, data }];
  });
  const home = join(folder, folderName);
  mkdirSync(join(home, "unet"), { recursive: true });
  mkdirSync(join(home, "scheduler"));
  const config = {
    _class_name: "UNet2DModel",
    block_out_channels: [32, 64],
    layers_per_block: 1,
    down_block_types: ["DownBlock2D", "AttnDownBlock2D"],
    up_block_types: ["AttnUpBlock2D", "UpBlock2D"],
    norm_eps: 1e-6,
    attention_head_dim: null,
    downsample_padding: 0,
    freq_shift: 1,
    flip_sin_to_cos: false,
    out_channels: varianceType === undefined ? 3 : 6,
  };
  writeFileSync(join(home, "unet", "config.json"), JSON.stringify(config));
  writeFileSync(
    join(home, "scheduler", "scheduler_config.json"),
    JSON.stringify({
      _class_name: "DDPMScheduler",
      beta_start: 1e-4,
      beta_end: 0.02,
      beta_schedule: "linear",
      clip_sample: false,
      ...(varianceType === undefined ? {} : { variance_type: varianceType }),
    }),
  );
  const shards = [names.slice(0, 20), names.slice(20)];
  shards.forEach((shard, i) => writeFileSync(join(home, "unet", `part-${i}.safetensors`), safetensorsOf(new Map(shard))));
  writeFileSync(
    join(home, "unet", "diffusion_pytorch_model.safetensors.index.json"),
    JSON.stringify({
      weight_map: Object.fromEntries(shards.flatMap((shard, i) => shard.map(([name]) => [name, `part-${i}.safetensors`]))),
    }),
  );
  return home;
}

it("gives one picture from a .ckpt, a folder of diffusers in shards, and the ONNX file of the same weights", async () => {
  const weights = new StateDict();
  const x = random("image", [1, 3, 8, 8]);
  const restated = ddpmForward({ ch: 32, mult: [1, 2], B: 1, attn: [1], withConv: true }, weights, x, 299);
  const bytes = torchFile(weights.entries);
  const fromFile = await posteriorMean(await stage({ path: file("model.ckpt", bytes) }), x);
  const home = diffusersFolder("pipeline", weights);
  const fromFolder = await posteriorMean(await stage({ path: home }), x);

  const opened = await checkpointFromBytes("model.ckpt", bytes);
  const recognised = recognise(opened);
  const graph = networkGraph(recognised.network, await loadWeights(opened, recognised), x.shape);
  const read = readOnnx(writeOnnx(graph, { name: "ddpm" }).model).graph;
  const [epsilon] = await runGraph(read, [float32(x), { shape: [], dtype: "float32", data: Float32Array.of(299) }]);
  const fromOnnx = x0From(x, { shape: x.shape, data: Float64Array.from(epsilon!) });
  const expected = x0From(x, restated);
  const decibels = [fromFile, fromFolder, fromOnnx].map((picture) => psnr(picture, expected));
  console.log(`checkpoint, folder, ONNX: ${decibels.map((value) => value.toFixed(1)).join(", ")} dB`);
  expect(Math.min(...decibels)).toBeGreaterThan(60);
});

it("reads the learned variance of diffusers where it is a range, cut like the prediction", async () => {
  const weights = new StateDict();
  const x = random("image", [1, 3, 7, 5]);
  ddpmForward({ ch: 32, mult: [1, 2], B: 1, attn: [1], withConv: true }, weights, random("image", [1, 3, 8, 8]), 299);
  const type = { shape: x.shape, dtype: "float32" as const };
  const priorOf = async (varianceType: string) => {
    const factory = await stage({ path: diffusersFolder(varianceType, weights, varianceType) });
    const said: (Tensor | undefined)[] = [];
    const graph = trace(
      (state) => {
        const { epsilon, varianceShare } = factory.at(type).denoise(state, constantLevel(state.trace, schedule, 300));
        said.push(varianceShare);
        return [epsilon, ...(varianceShare === undefined ? [] : [varianceShare])];
      },
      [type],
    );
    return { hasShare: said[0] !== undefined, values: await runGraph(graph, [float32(x)]) };
  };
  const range = await priorOf("learned_range");
  // Both halves have the same weights.
  expect(
    range.hasShare &&
      relativeError(
        range.values[1]!,
        Float64Array.from(range.values[0]!, (v) => (v + 1) / 2),
      ),
  ).toBeLessThan(1e-6);
  expect((await priorOf("learned")).hasShare).toBe(false);
});

describe("what does not fit", () => {
  it("names keys, shapes and the flag that would explain them", async () => {
    const weights = new StateDict();
    admForward(adm, weights, random("image", [1, 3, 4, 4]), 0);
    const entries = new Map(weights.entries);
    const [bias, emb] = [entries.get("input_blocks.1.0.out_layers.3.bias")!, "input_blocks.1.0.emb_layers.1.weight"];
    entries.delete("input_blocks.1.0.out_layers.3.bias");
    entries.set("extra.weight", bias);
    entries.set(emb, { shape: [32, 128], data: new Float64Array(32 * 128) });
    const path = file("damaged.pt", torchFile(entries));
    await expect(stage({ path, headChannels: 16 })).rejects.toMatchObject({ code: "LEADER_CHECKPOINT_KEYS" });
    const message = await stage({ path, headChannels: 16 }).catch((error: unknown) => String(error));
    expect(message).toContain("`input_blocks.1.0.out_layers.3.bias` [32] is missing");
    expect(message).toContain(`\`${emb}\` is [32,128] where [64,128] is expected (use_scale_shift_norm?)`);
    expect(message).toContain("`extra.weight` [32] has no place");
  });

  it("tells other files from checkpoints", async () => {
    await expect(stage({ path: file("page.pt", Buffer.from("<!doctype html><title>Sign in</title>")) })).rejects.toThrow("web page");
    await expect(stage({ path: join(folder, "nowhere.pt") })).rejects.toMatchObject({ code: "LEADER_CHECKPOINT_MISSING" });
    await expect(
      stage({ path: file("other.safetensors", safetensorsOf(new Map([["blocks.0.weight", random("x", [3])]]))) }),
    ).rejects.toMatchObject({ code: "LEADER_CHECKPOINT_UNKNOWN" });
  });
});
