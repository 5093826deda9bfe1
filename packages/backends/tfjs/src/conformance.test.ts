import { describeBackend } from "@leader/core/testing";
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

describeBackend("tfjs backend, wasm", () => make("wasm"), { liveTensors });
describeBackend("tfjs backend, cpu", () => make("cpu"), { liveTensors, memoryRuns: 50 });
for (const device of ["tensorflow", "tensorflow-gpu", "webgpu"] as const) {
  describeBackend(`tfjs backend, ${device}`, () => make(device), { unavailable: await reasonAgainst(device), liveTensors });
}
