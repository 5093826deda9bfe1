import type { FunctionCache } from "@leader/graph";
import type { DeviceTraits, Tfjs, WeightStorage } from "../tfjs.js";

/** Where TensorFlow.js can compute, from the user's point of view. */
export const deviceNames = ["tensorflow-gpu", "tensorflow", "webgpu", "wasm", "cpu"] as const;
export type DeviceName = (typeof deviceNames)[number];

/** A backend of TensorFlow.js that is ready; there is one of each in a process. */
export interface Device {
  readonly name: DeviceName;
  /** For people: `wasm, SIMD, 1 thread`. */
  readonly description: string;
  readonly tf: Tfjs;
  readonly traits: DeviceTraits;
  /** Compiled networks, shared by all backends of the process on this device: a model is uploaded once for each way of keeping weights. */
  readonly bodies: Readonly<Record<WeightStorage, FunctionCache>>;
  /** Makes the following calls of TensorFlow.js compute here, until something is awaited. */
  activate(): void;
}

/** A device that was tried and could not be used. */
export interface PassedOver {
  readonly device: DeviceName;
  readonly reason: string;
}
