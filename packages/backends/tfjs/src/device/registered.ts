import type { DeviceTraits } from "../tfjs.js";

/** What registering a backend with TensorFlow.js leaves to know. */
export interface Registered {
  /** Name of the backend within TensorFlow.js. */
  readonly backend: string;
  readonly description: string;
  readonly traits: DeviceTraits;
  /** Prepares the process around the start of the backend. */
  readonly start?: (setBackend: () => Promise<boolean>) => Promise<boolean>;
}
