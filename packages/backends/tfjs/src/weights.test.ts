import { exactHalves, fromHalves, roundWeights, trace, type Graph, type HostTensor } from "@leader/graph";
import { interpret } from "@leader/graph/reference";
import { randomTensor } from "@leader/graph/testing";
import { describe, expect, it } from "vitest";
import { loadDevice } from "./device/load.js";
import { createTfjsBackend, type DeviceName } from "./index.js";
import type { WeightStorage } from "./tfjs.js";

const { tf } = await loadDevice("cpu");
const image = { shape: [1, 64, 4, 4], dtype: "float32" } as const;

/** Two convolutions and a product of matrices with weights of 36864 elements, used twice. */
const network = trace(
  (x) => {
    const filter = x.trace.constant(scaled(randomTensor([64, 64, 3, 3], 1), 0.05));
    const matrix = x.trace.constant(scaled(randomTensor([1024, 1024], 2), 0.05));
    const y = x.conv(filter, { pads: [1, 1, 1, 1] }).tanh();
    return y
      .conv(filter, { pads: [1, 1, 1, 1] })
      .reshape([1, 1024])
      .matmul(matrix)
      .tanh()
      .matmul(matrix);
  },
  [image],
);
const rounded = roundWeights(network);

function scaled(value: HostTensor, factor: number): HostTensor {
  return { ...value, data: (value.data as Float32Array).map((each) => each * factor) };
}

interface Outcome {
  readonly values: Float32Array;
  /** Of tensors that the compiled graph keeps. */
  readonly bytes: number;
}
async function run(graph: Graph, device: DeviceName, weights: WeightStorage, input = randomTensor(image.shape)): Promise<Outcome> {
  await using backend = await createTfjsBackend({ prefer: [device], weights }, { warn: () => undefined });
  const before = tf.memory().numBytes;
  const executable = await backend.compile(graph);
  const bytes = tf.memory().numBytes - before;
  using x = await backend.upload(input);
  const results: Float32Array[] = [];
  for (let i = 0; i < 2; i++) {
    const [output] = await executable.run([x]);
    using y = output!;
    results.push((await y.read()).data as Float32Array);
  }
  expect(results[1]).toEqual(results[0]);
  return { values: results[0]!, bytes };
}

const largest = (values: ArrayLike<number>): number => Array.from(values).reduce((most, value) => Math.max(most, Math.abs(value)), 0);
const difference = (a: ArrayLike<number>, b: ArrayLike<number>): number => largest(Array.from(a, (value, i) => value - b[i]!));

const devices: readonly DeviceName[] = ["wasm", "cpu", "tensorflow", "webgpu"];
for (const device of devices) {
  let unavailable: string | undefined;
  try {
    await loadDevice(device);
  } catch (error) {
    unavailable = error instanceof Error ? error.message : String(error);
  }
  if (unavailable !== undefined) {
    it.skip(`weights as float16 on ${device} (unavailable: ${unavailable})`);
    continue;
  }

  describe(`weights as float16 on ${device}`, () => {
    it("changes no result where the weights are numbers of float16, and takes at most half of the memory", async () => {
      const before = tf.memory().numTensors;
      const whole = await run(rounded, device, "float32");
      const half = await run(rounded, device, "float16");
      expect(difference(half.values, whole.values)).toBeLessThanOrEqual(1e-6 * largest(whole.values));
      expect(half.bytes).toBeLessThanOrEqual(whole.bytes / 2);
      expect(tf.memory().numTensors).toBe(before);
    });

    it("is left alone where it would change the weights", async () => {
      const [whole, asked] = [await run(network, device, "float32"), await run(network, device, "float16")];
      expect(asked.bytes).toBe(whole.bytes);
      expect(difference(asked.values, whole.values)).toBeLessThanOrEqual(1e-6 * largest(whole.values));
    });

    it("expands every number of float16 exactly", async () => {
      const bits = Uint16Array.from({ length: 65536 }, (_, i) => ((i & 0x7c00) === 0x7c00 ? i & 0x83ff : i));
      const every = { shape: [256, 256], dtype: "float32", data: fromHalves(bits) } as const;
      expect(exactHalves(every)).toEqual(bits);
      const one: HostTensor = { shape: [1], dtype: "float32", data: Float32Array.of(1) };
      const { values } = await run(
        trace((x) => x.mul(x.trace.constant(every)), [one]),
        device,
        "float16",
        one,
      );
      expect(difference(values, every.data)).toBe(0);
    });
  });
}

describe("weights rounded to float16", () => {
  it("give the result of the exact ones to the rounding", () => {
    const input = randomTensor(image.shape);
    const [exact, near] = [network, rounded].map((graph) => interpret(graph, [input])[0]!.data);
    const error = difference(exact!, near!) / largest(exact!);
    expect(error).toBeGreaterThan(2 ** -16);
    expect(error).toBeLessThan(2 ** -9);
  });
});
