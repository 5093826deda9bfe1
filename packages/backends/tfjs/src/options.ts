import { z } from "zod";
import { deviceNames } from "./device/device.js";

/** The processor needs no options; misspelt ones are errors. */
export const plainOptions = z.strictObject({});

export const acceleratorOptions = z.strictObject({
  allowFallback: z.boolean().default(true).describe("run on wasm, with a warning that says why, if the device cannot be used; false: fail"),
});

export const autoOptions = z.strictObject({
  prefer: z
    .array(z.enum(deviceNames))
    .min(1)
    .default([...deviceNames])
    .describe("devices in order of preference; the first that works is used"),
});
