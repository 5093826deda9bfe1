import { errors } from "../error-codes.js";
import { firstLine } from "../tfjs.js";
import type { Device, DeviceName, PassedOver } from "./device.js";
import { loadDevice } from "./load.js";
import { isSoftwareAdapter } from "./webgpu.js";

export interface Choice {
  readonly device: Device;
  readonly passedOver: readonly PassedOver[];
}

/** How to get each device, as an instruction. */
const hints: Readonly<Record<DeviceName, string>> = {
  "tensorflow-gpu":
    "for CUDA: npm install @tensorflow/tfjs-node-gpu@4.22.0 with its install script, on Linux or Windows with CUDA 11.2 and cuDNN 8.1",
  tensorflow: "for TensorFlow on the processor: npm install @tensorflow/tfjs-node@4.22.0 with its install script",
  webgpu: "for WebGPU: npm install webgpu@0.6.2, and on Linux a Vulkan driver (Mesa 25 or newer, or the vendor's)",
  wasm: "for wasm: reinstall @tensorflow/tfjs-backend-wasm",
  cpu: "for cpu: reinstall @tensorflow/tfjs-backend-cpu",
};

export const hintsOf = (passedOver: readonly PassedOver[]): readonly string[] => passedOver.map(({ device }) => hints[device]);
export const formatPassedOver = ({ device, reason }: PassedOver): string => `${device}: ${reason}`;

/**
 * The first device that computes something right; what came before it is reported, never hidden. A WebGPU that is a program
 * on the processor is slower than wasm, and used only where it is the last or only wish.
 * @throws TFJS_DEVICE_UNAVAILABLE with every reason if none works.
 */
export async function chooseDevice(
  wanted: readonly DeviceName[],
  load: (name: DeviceName) => Promise<Device> = loadDevice,
): Promise<Choice> {
  const passedOver: PassedOver[] = [];
  const names = [...new Set(wanted)];
  for (const name of names) {
    try {
      const device = await load(name);
      if (name !== "webgpu" || names.at(-1) === name || names[0] === name || !isSoftwareAdapter(device.description))
        return { device, passedOver };
      passedOver.push({ device: name, reason: `${device.description} is a program on the processor` });
    } catch (error) {
      passedOver.push({ device: name, reason: firstLine(error) });
    }
  }
  throw errors.TFJS_DEVICE_UNAVAILABLE({ tried: passedOver.map(formatPassedOver), hints: hintsOf(passedOver) });
}
