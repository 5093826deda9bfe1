import { describe, expect, it } from "vitest";
import { chooseDevice } from "./choose.js";
import type { Device, DeviceName } from "./device.js";
import { loadDevice } from "./load.js";

const cpu = await loadDevice("cpu");
/** Devices that answer as described; the others are not there. */
const machine =
  (there: Partial<Record<DeviceName, string>>) =>
  (name: DeviceName): Promise<Device> => {
    const description = there[name];
    return description === undefined
      ? Promise.reject(new Error(`${name} is not installed\n  at somewhere`))
      : Promise.resolve({ ...cpu, name, description });
  };

describe("chooseDevice", () => {
  it("takes the first device that works, and reports why the others were passed over", async () => {
    const { device, passedOver } = await chooseDevice(["tensorflow-gpu", "webgpu", "wasm", "cpu"], machine({ wasm: "wasm", cpu: "cpu" }));
    expect(device.name).toBe("wasm");
    expect(passedOver).toEqual([
      { device: "tensorflow-gpu", reason: "tensorflow-gpu is not installed" },
      { device: "webgpu", reason: "webgpu is not installed" },
    ]);
  });

  it("passes over a WebGPU in software, unless it was asked for", async () => {
    const software = machine({ webgpu: "webgpu on mesa llvmpipe (LLVM 15)", wasm: "wasm" });
    expect((await chooseDevice(["tensorflow", "webgpu", "wasm"], software)).passedOver.at(-1)).toEqual({
      device: "webgpu",
      reason: "webgpu on mesa llvmpipe (LLVM 15) is a program on the processor",
    });
    expect((await chooseDevice(["webgpu", "wasm"], software)).device.name).toBe("webgpu");
  });

  it("fails with every reason, and says what to install", async () => {
    await expect(chooseDevice(["tensorflow-gpu", "webgpu"], machine({}))).rejects.toMatchObject({
      code: "LEADER_TFJS_DEVICE_UNAVAILABLE",
      message: expect.stringMatching(/tensorflow-gpu: .*; webgpu: /u) as string,
      hint: expect.stringMatching(/npm install @tensorflow\/tfjs-node-gpu@4\.22\.0.*npm install webgpu@0\.6\.2/u) as string,
    });
  });
});

describe("loadDevice", () => {
  it("loads each device once, and tries again what failed", async () => {
    expect(await loadDevice("cpu")).toBe(cpu);
    expect((await loadDevice("wasm")).description).toMatch(/^wasm, (?:no )?SIMD, \d threads?$/u);
  });
});
