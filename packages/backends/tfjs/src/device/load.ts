import { FunctionCache, Once } from "@leader/graph";
import type { Tfjs } from "../tfjs.js";
import { firstLine } from "../tfjs.js";
import type { Device, DeviceName } from "./device.js";
import { halvesOnHost } from "./half-weights.js";
import type { Registered } from "./registered.js";
import { registerTensorflow } from "./tensorflow.js";
import { registerWasm } from "./wasm.js";
import { registerWebgpu } from "./webgpu.js";

/** Loads the packages of a device and registers it; throws with a reason for people where that fails. */
type Register = (tf: Tfjs) => Promise<Registered>;

const registrations: Readonly<Record<DeviceName, Register>> = {
  "tensorflow-gpu": (tf) => registerTensorflow(tf, true),
  tensorflow: (tf) => registerTensorflow(tf, false),
  webgpu: registerWebgpu,
  wasm: registerWasm,
  cpu: async (tf) => {
    await import("@tensorflow/tfjs-backend-cpu");
    return {
      backend: "cpu",
      description: "cpu, plain JavaScript",
      traits: { fourier: false, batchedProducts: true, scalesFilters: false, halfWeights: halvesOnHost(tf, true), sharesMemory: true },
    };
  },
};

const loaded = new Map<DeviceName, Once<Device>>();

/** The device, loaded on first use and tried with a small sum. A failed attempt is not remembered. */
export async function loadDevice(name: DeviceName): Promise<Device> {
  const device = loaded.get(name) ?? new Once(() => makeDevice(name));
  loaded.set(name, device);
  return await device.get();
}

async function makeDevice(name: DeviceName): Promise<Device> {
  const tf = await loadCore();
  const { backend, description, traits, start } = await registrations[name](tf);
  const setBackend = (): Promise<boolean> => tf.setBackend(backend);
  if (!(await quietly(() => start?.(setBackend) ?? setBackend()))) throw new Error(`TensorFlow.js cannot start its backend \`${backend}\``);
  const device: Device = {
    name,
    description,
    tf,
    traits,
    bodies: { auto: new FunctionCache(), float32: new FunctionCache(), float16: new FunctionCache() },
    activate: () => {
      // Nothing is awaited inside once a backend has been started, so that it takes effect at once.
      void tf.setBackend(backend);
    },
  };
  await probe(device);
  return device;
}

/** The engine, and the wrappers of operations that are not methods of tensors; no backend. */
async function loadCore(): Promise<Tfjs> {
  const tf = await import("@tensorflow/tfjs-core");
  tf.enableProdMode();
  return tf;
}

/** Starting alone would not notice a device that cannot compute. */
async function probe(device: Device): Promise<void> {
  device.activate();
  const { tf } = device;
  const x = tf.tidy(() => tf.add(tf.tensor1d([1, 2]), tf.tensor1d([1, 2])));
  try {
    const [first, second] = await x.data();
    if (first !== 2 || second !== 4) throw new Error(`computed 1 + 1 = ${String(first)}`);
  } finally {
    x.dispose();
  }
}

/** TensorFlow.js prints why a backend did not start; the reason belongs into the error. */
async function quietly(start: () => Promise<boolean>): Promise<boolean> {
  const { warn } = console;
  const printed: string[] = [];
  console.warn = (...parts: readonly unknown[]) => void printed.push(parts.map(firstLine).join(" "));
  try {
    const started = await start();
    if (!started && printed.length > 0) throw new Error(printed.at(-1));
    return started;
  } finally {
    console.warn = warn;
  }
}
