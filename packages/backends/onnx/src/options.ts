import { z } from "zod";

/** Execution providers, from the user's point of view. */
export const providerNames = ["cpu", "cuda", "tensorrt", "webgpu", "coreml", "directml"] as const;
export type ProviderName = (typeof providerNames)[number];

const session = {
  threads: z
    .int()
    .min(1)
    .max(1024)
    .optional()
    .describe("threads that one operation may use; default: all processors that this process may run on"),
  graphOptimization: z
    .enum(["disabled", "basic", "extended", "layout", "all"])
    .default("all")
    .describe("how far onnxruntime rewrites a graph before running it"),
  memoryArena: z.boolean().default(true).describe("keep freed memory for the next run: faster, at the price of the peak staying reserved"),
  memoryPattern: z
    .boolean()
    .optional()
    .describe(
      "plan the memory of a run in one piece, which takes a second block for what the first run has taken; default: on devices, for networks below 50 million weights",
    ),
  spinning: z
    .enum(["during-run", "always", "never"])
    .default("during-run")
    .describe(
      "when idle threads wait actively: `always` also between runs, where they take processor time from other graphs and from the host",
    ),
};

const accelerator = {
  ...session,
  allowFallback: z
    .boolean()
    .default(true)
    .describe("run on the cpu, with a warning that says why, if the provider cannot be used; false: fail"),
};

const deviceId = z.int().min(0).default(0).describe("which device, counted by the provider");

export const cpuOptions = z.strictObject(session);
export const acceleratorOptions = z.strictObject(accelerator);
export const deviceOptions = z.strictObject({ ...accelerator, deviceId });
export const autoOptions = z.strictObject({
  ...accelerator,
  deviceId,
  prefer: z
    .array(z.enum(providerNames))
    .min(1)
    .default(["cuda", "cpu"])
    .describe("providers in order of preference; the first that works is used"),
});

/** What a session needs to know, whichever stage it was asked by. */
export type SessionSettings = z.output<typeof cpuOptions>;
