import * as onnxruntime from "onnxruntime-node";
import { afterAll, describe, expect, it, vi } from "vitest";
import { pullback, trace, type Aval, type Backend, type Graph, type HostTensor, type Tensor } from "@leader/graph";
import { decodeModel, writeOnnx } from "@leader/graph/onnx";
import { evaluateGraph } from "@leader/graph/reference";
import { normalArray, relativeError } from "@leader/graph/testing";
import { BlockedForms, blockedDomain } from "./blocked-forms.js";
import { planBlocks } from "./blocked-plan.js";
import { channelBlockOf, channelBlocks } from "./channel-block.js";
import { createOnnxBackend } from "./index.js";
import { cpuOptions } from "./options.js";
import { loadRuntime, type Runtime } from "./runtime.js";

const float32 = (shape: readonly number[]): Aval => ({ shape, dtype: "float32" });
const random = (shape: readonly number[], seed: number): HostTensor => ({
  ...float32(shape),
  data: Float32Array.from(normalArray(float32(shape), seed, "w")),
});
const weight = (x: Tensor, shape: readonly number[]): Tensor => x.trace.constant(random(shape, shape[0]! + shape[1]!)).mul(0.1);
const around = { pads: [1, 1, 1, 1] } as const;

/** A convolution with constants, whose values differ with `seed`. */
function convolved(x: Tensor, shape: readonly number[], attrs: Parameters<Tensor["conv"]>[1] = around, bias = true, seed = 0): Tensor {
  const kernel = x.trace.constant(random(shape, seed + 1));
  return x.conv(kernel, { ...attrs, ...(bias ? { bias: x.trace.constant(random([shape[0]!], seed + 2)) } : {}) });
}

const silu = (x: Tensor): Tensor => x.mul(x.sigmoid());
const channels = (c: number): Aval => float32([1, c, 1, 1]);
const image = (c: number, height = 6, width = 5, batch = 1): Aval => float32([batch, c, height, width]);

/** Layers and params of a network, and how many convolutions and changes of layout are written for blocks of 16 channels. */
type Case = readonly [
  name: string,
  body: (...inputs: readonly Tensor[]) => Tensor | readonly Tensor[],
  params: readonly Aval[],
  written: { readonly Conv: number; readonly ReorderInput?: number; readonly ReorderOutput?: number },
];

const cases: readonly Case[] = [
  [
    "a block with a scale and a shift, and what came in added",
    (x, scale, shift) => {
      const into = convolved(x, [32, 3, 3, 3]);
      const inner = silu(convolved(silu(into), [32, 32, 3, 3]).mul(scale).add(shift));
      return convolved(into.add(convolved(inner, [32, 32, 3, 3], around, false, 9)), [12, 32, 3, 3]);
    },
    [image(3), channels(32), channels(32)],
    { Conv: 4, ReorderOutput: 1 },
  ],
  [
    "a scale alone, operands the other way round, no bias",
    (x, scale) => scale.mul(convolved(x, [16, 32, 3, 3], around, false)).abs(),
    [image(32), channels(16)],
    { Conv: 1, ReorderInput: 1, ReorderOutput: 1 },
  ],
  [
    "a shift without a scale, a scale without a bias",
    (x, scale, shift) => convolved(convolved(x, [16, 16, 1, 1], {}, false).add(shift), [16, 16, 1, 1], {}, false).mul(scale),
    [image(16), channels(16), channels(16)],
    { Conv: 2, ReorderInput: 1, ReorderOutput: 1 },
  ],
  [
    "strides, dilations, a kernel that is not square, a batch of pictures",
    (x, scale) => {
      const half = convolved(x, [32, 16, 2, 3], { strides: [2, 1], pads: [0, 1, 1, 1] }).mul(scale);
      return convolved(half, [48, 32, 3, 2], { dilations: [2, 1], pads: [2, 0, 1, 1] });
    },
    [image(16, 9, 7, 3), channels(32)],
    { Conv: 2, ReorderInput: 1, ReorderOutput: 1 },
  ],
  [
    "results that are read twice: between, and outside of the network",
    (x, scale, shift) => {
      const scaled = convolved(x, [16, 16, 3, 3]).mul(scale);
      const shifted = scaled.add(shift);
      return [convolved(silu(shifted), [16, 16, 3, 3]), scaled, shifted.sum([2, 3], { keepDims: false })];
    },
    [image(16), channels(16), channels(16)],
    { Conv: 2, ReorderInput: 2, ReorderOutput: 2 },
  ],
  [
    "an image that is added and read later, and one of another layout",
    (x, scale, other) => {
      const kept = convolved(x, [16, 16, 3, 3]).mul(scale);
      const sum = kept.add(convolved(silu(kept), [16, 16, 3, 3])).add(other);
      return convolved(sum.sub(kept).maximum(0.1), [16, 16, 3, 3]);
    },
    [image(16), channels(16), image(16)],
    { Conv: 3, ReorderInput: 2, ReorderOutput: 1 },
  ],
  [
    "a scale of what comes from a picture",
    (x, scale) => convolved(x, [16, 3, 3, 3]).mul(scale),
    [image(3, 6, 5, 2), channels(16)],
    { Conv: 1, ReorderOutput: 1 },
  ],
  [
    "an image that is added to what it is convolved to",
    (x, scale) => {
      const kept = convolved(x, [16, 16, 3, 3]).mul(scale);
      return kept.add(convolved(kept, [16, 16, 3, 3])).tanh();
    },
    [image(16), channels(16)],
    { Conv: 2, ReorderInput: 1, ReorderOutput: 1 },
  ],
  [
    "each channel alone, with a scale from the image itself",
    (x) => {
      const alone = convolved(x, [32, 1, 3, 2], { pads: [1, 0, 1, 1], groups: 32 }).mul(x.mean([2, 3], { keepDims: true }));
      return alone.add(convolved(silu(alone), [32, 1, 1, 1], { groups: 32 }, false));
    },
    [image(32)],
    { Conv: 2, ReorderInput: 1, ReorderOutput: 1 },
  ],
  [
    "a scale of what is read, beside one of the result",
    (x, gain, scale) => convolved(convolved(silu(convolved(x, [32, 16, 3, 3])).mul(gain), [16, 32, 3, 3]).mul(scale), [16, 16, 1, 1], {}),
    [image(16), channels(32), channels(16)],
    { Conv: 3, ReorderInput: 1, ReorderOutput: 1 },
  ],
  [
    "a scale of what others read too",
    (x, gain) => {
      const gained = silu(convolved(x, [16, 16, 3, 3])).mul(gain);
      return [convolved(gained, [16, 16, 3, 3]).mul(gain), gained];
    },
    [image(16), channels(16)],
    { Conv: 2, ReorderInput: 2, ReorderOutput: 2 },
  ],
  [
    "a derivative",
    (x, scale, shift, cotangent) => {
      const into = convolved(x, [16, 3, 3, 3]);
      const inner = silu(convolved(silu(into), [32, 16, 3, 3]).mul(scale).add(shift));
      const out = into.add(convolved(inner, [16, 32, 3, 3], around, true, 9));
      return [out, pullback(out, x, cotangent)];
    },
    [image(3), channels(32), channels(32), image(16)],
    { Conv: 6, ReorderInput: 1, ReorderOutput: 2 },
  ],
  [
    "channels that do not fill blocks, left to the runtime",
    (x, scale) => convolved(silu(convolved(convolved(x, [20, 16, 3, 3]), [16, 20, 3, 3]).mul(2)), [16, 16, 3, 3]).mul(scale),
    [image(16), channels(16)],
    { Conv: 2, ReorderInput: 2, ReorderOutput: 2 },
  ],
];

const written = (graph: Graph, block: number): readonly string[] => {
  const forms = new BlockedForms(graph, planBlocks(graph, block)!, block);
  const { graph: made, opsetImport } = decodeModel(writeOnnx(graph, { name: "g", forms }).model, "g.onnx");
  expect(opsetImport.map(({ domain }) => domain)).toEqual(["", blockedDomain]);
  return made!.node.filter(({ domain }) => domain === blockedDomain).map(({ opType }) => opType);
};

const opened: Backend[] = [];
afterAll(async () => {
  for (const backend of opened) await backend[Symbol.asyncDispose]();
});

async function computed(graph: Graph, inputs: readonly HostTensor[]): Promise<readonly Float64Array[]> {
  const backend = await createOnnxBackend({ ...cpuOptions.parse({ threads: 2 }), prefer: ["cpu"] }, { warn: () => undefined });
  opened.push(backend);
  const executable = await backend.compile(graph);
  const results = await executable.run(await Promise.all(inputs.map((input) => backend.upload(input))));
  return await Promise.all(results.map(async (result) => Float64Array.from((await result.read()).data)));
}

describe("images whose channels lie in blocks", () => {
  it.each(cases)("%s: the same values as the reference", async (_name, body, params, { Conv, ReorderInput = 0, ReorderOutput = 0 }) => {
    const graph = trace((...inputs: Tensor[]) => body(...inputs), params);
    const nodes = written(graph, 16);
    const count = (op: string): number => nodes.filter((one) => one === op).length;
    expect([count("Conv"), count("ReorderInput"), count("ReorderOutput")]).toEqual([Conv, ReorderInput, ReorderOutput]);
    const inputs = params.map(({ shape }, i) => random(shape, i + 20));
    const exact = inputs.map((input) => ({ ...input, data: Float64Array.from(input.data) }));
    const [expected, received] = [evaluateGraph(graph, exact).map(({ data }) => Float64Array.from(data)), await computed(graph, inputs)];
    for (const [i, values] of received.entries()) expect(relativeError(values, expected[i]!)).toBeLessThan(2e-6);
  });

  it.each([
    ["without a scale", (x: Tensor) => silu(convolved(x, [16, 16, 3, 3]))],
    ["with a scale that is a constant", (x: Tensor) => convolved(x, [16, 16, 3, 3]).mul(x.trace.constant(random([1, 16, 1, 1], 1)))],
    ["with a scale per pixel", (x: Tensor) => convolved(x, [16, 16, 3, 3]).mul(x)],
    ["with one number for all channels", (x: Tensor) => convolved(x, [16, 16, 3, 3]).mul(x.mean([1, 2, 3], { keepDims: true }))],
    ["in groups", (x: Tensor) => convolved(x, [16, 8, 3, 3], { ...around, groups: 2 }).mul(x.mean([2, 3], { keepDims: true }))],
    [
      "with computed weights",
      (x: Tensor) => x.conv(weight(x, [16, 16, 3, 3]).mul(x.mean()), around).mul(x.mean([2, 3], { keepDims: true })),
    ],
  ])("leaves a network to the runtime %s", (_name, body) => {
    expect(planBlocks(trace(body, [image(16)]), 16)).toBeUndefined();
  });
});

describe("channelBlockOf", () => {
  it("finds the blocks of this processor, once", async () => {
    const create = vi.spyOn(onnxruntime.InferenceSession, "create");
    const runtime = await loadRuntime();
    const block = await channelBlockOf(runtime);
    // Builds for other processors may come without these kernels.
    if (process.arch === "x64") expect(channelBlocks).toContain(block);
    const tried = create.mock.calls.length;
    expect(await channelBlockOf(await loadRuntime())).toBe(block);
    expect(create.mock.calls).toHaveLength(tried);
    create.mockRestore();
  });

  it.each([
    ["refuses its operators", () => Promise.reject(new Error("no such domain"))],
    [
      "gives other numbers",
      () => Promise.resolve({ run: () => Promise.resolve({ sums: tensor(new Float32Array(32)) }), release: () => Promise.resolve() }),
    ],
  ])("finds none where the runtime %s", async (_name, create) => {
    const runtime = { ...(await loadRuntime()), InferenceSession: { create } } as unknown as Runtime;
    expect(await channelBlockOf(runtime)).toBeUndefined();
  });
});

const tensor = (data: Float32Array) => new onnxruntime.Tensor("float32", data, [1, 32, 1, 1]);
