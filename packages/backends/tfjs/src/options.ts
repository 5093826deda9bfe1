import { z } from "zod";
import { deviceNames } from "./device/device.js";

const weights = z
  .enum(["auto", "float32", "float16"])
  .default("auto")
  .describe("how weights are kept that are numbers of float16 (results are the same); auto: as float16 where the device gains from it");

/** For devices that are always there. */
export const plainOptions = z.strictObject({ weights });

export const acceleratorOptions = z.strictObject({
  weights,
  allowFallback: z.boolean().default(true).describe("run on wasm, with a warning that says why, if the device cannot be used; false: fail"),
});

export const autoOptions = z.strictObject({
  weights,
  prefer: z
    .array(z.enum(deviceNames))
    .min(1)
    .default([...deviceNames])
    .describe("devices in order of preference; the first that works is used"),
});
