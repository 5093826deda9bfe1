import { importOptional } from "./import-optional.js";
import type { Registered } from "./load.js";

/** The part of WebGPU that is needed to find an adapter. */
interface Gpu {
  requestAdapter(): Promise<{ readonly info?: AdapterInfo; readonly isFallbackAdapter?: boolean } | null>;
}
interface AdapterInfo {
  readonly vendor?: string;
  readonly architecture?: string;
  readonly description?: string;
}
interface Dawn {
  create(options: readonly string[]): Gpu;
  readonly globals: object;
}

/** True once this process has a WebGPU of its own. */
let provided = false;

/** WebGPU through Dawn (the package `webgpu`), which also Chromium uses. */
export async function registerWebgpu(): Promise<Registered> {
  await provideGpu();
  const adapter = await gpuOf(globalThis).requestAdapter();
  if (adapter === null) throw new Error("no adapter: there is no driver for Vulkan, Metal or Direct3D 12 that Dawn can use");
  await import("@tensorflow/tfjs-backend-webgpu");
  return {
    backend: "webgpu",
    description: `webgpu on ${describeAdapter(adapter.info)}`,
    traits: { fourier: false, batchedProducts: true, scalesFilters: false },
  };
}

const gpuOf = (scope: object): Gpu => (scope as { readonly navigator: { readonly gpu: Gpu } }).navigator.gpu;

/** TensorFlow.js looks for `navigator.gpu`, as in a browser. */
async function provideGpu(): Promise<void> {
  if (provided) return;
  const dawn = (await importOptional("webgpu")) as Dawn;
  Object.assign(globalThis, dawn.globals);
  const gpu = dawn.create(process.platform === "linux" ? ["backend=vulkan"] : []);
  Object.defineProperty(globalThis, "navigator", { value: { gpu, userAgent: "node" }, configurable: true, writable: true });
  provided = true;
}

function describeAdapter(info: AdapterInfo | undefined): string {
  const parts = [info?.vendor, info?.description ?? info?.architecture].filter((part) => part !== undefined && part !== "");
  return parts.length === 0 ? "an adapter without a name" : parts.join(" ");
}

/** True if the description names a driver that computes on the processor. */
export const isSoftwareAdapter = (description: string): boolean => /llvmpipe|lavapipe|swiftshader|software/iu.test(description);
