import { readFileSync } from "node:fs";
import { optimize } from "@leader/graph";
import { readOnnx } from "@leader/graph/onnx";
import { interpret } from "@leader/graph/reference";
import { describeBackend, randomTensor } from "@leader/graph/testing";
import { describe, expect, it } from "vitest";
import { loadDevice } from "./device/load.js";
import { createTfjsBackend, type DeviceName } from "./index.js";

const make = (device: DeviceName) => createTfjsBackend({ prefer: [device] }, { warn: () => undefined });

/** Why a device cannot be used here; undefined if it can. */
async function reasonAgainst(device: DeviceName): Promise<string | undefined> {
  try {
    await (await make(device))[Symbol.asyncDispose]();
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

const { tf } = await loadDevice("cpu");
const liveTensors = (): number => tf.memory().numTensors;

const devices: readonly DeviceName[] = ["wasm", "cpu", "tensorflow", "tensorflow-gpu", "webgpu"];
const reasons = new Map<DeviceName, string | undefined>();
for (const device of devices) reasons.set(device, await reasonAgainst(device));
// Small tensors would otherwise be computed on the processor, and no shader be tested.
if (reasons.get("webgpu") === undefined) tf.env().set("WEBGPU_CPU_FORWARD", false);

const file = readFileSync(new URL("../../../priors/photo/prior.onnx", import.meta.url));
const prior = {
  graph: optimize(readOnnx(file, { inputShapes: { x: [1, 3, 8, 8], alpha_bar: [1] } }).graph),
  inputs: [randomTensor([1, 3, 8, 8]), { shape: [1], dtype: "float32", data: Float32Array.of(0.5) } as const],
};
const networks = { "the embedded prior": prior };

for (const [device, unavailable] of reasons) {
  const memoryRuns = device === "cpu" ? { memoryRuns: 50 } : {};
  describeBackend(`tfjs backend, ${device}`, () => make(device), { unavailable, liveTensors, networks, ...memoryRuns });
}

describe("the embedded prior, as the interpreter computes it", () => {
  const { graph, inputs } = prior;
  const expected = interpret(graph, inputs)[0]!;
  const largest = Math.max(...Array.from(expected.data, Math.abs));

  for (const [device, unavailable] of reasons) {
    it.skipIf(unavailable !== undefined)(`on ${device}`, { timeout: 120_000 }, async () => {
      const before = liveTensors();
      const backend = await make(device);
      const executable = await backend.compile(graph);
      const uploaded = await Promise.all(inputs.map((input) => backend.upload(input)));
      const [output] = await executable.run(uploaded);
      const actual = await output!.read();
      const differences = Array.from(expected.data, (value, i) => Math.abs(value - actual.data[i]!));
      expect(Math.max(...differences) / largest).toBeLessThan(1e-5);
      for (const tensor of [...uploaded, output!]) tensor[Symbol.dispose]();
      await backend[Symbol.asyncDispose]();
      expect(liveTensors()).toBe(before);
    });
  }
});
