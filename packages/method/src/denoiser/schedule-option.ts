import { cosineSchedule, fromAlphaBar, linearBetaSchedule, type NoiseSchedule, type StageEnvironment } from "@leader/core";
import { z } from "zod";

/** The noise levels that a network was trained with. */
export const scheduleOption = z
  .union([
    z.enum(["linear", "cosine"]),
    z.strictObject({
      linear: z.strictObject({
        steps: z.int().min(1).optional(),
        start: z.number().positive().optional(),
        end: z.number().max(1).optional(),
      }),
    }),
    z.strictObject({ cosine: z.strictObject({ steps: z.int().min(1).optional(), offset: z.number().positive().optional() }) }),
    z.strictObject({ alphaBar: z.string().min(1).describe("a .npy file with alphaBar of every training timestep, decreasing") }),
  ])
  .default("linear")
  .describe("noise levels of the training: `linear` (1000 betas from 1e-4 to 0.02), `cosine`, or a file");

type ScheduleOption = z.output<typeof scheduleOption>;

/** Absent keys, as the schedules' own defaults want them. */
const stated = <T extends object>(options: T): { [K in keyof T]: Exclude<T[K], undefined> } =>
  Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as { [K in keyof T]: Exclude<T[K], undefined> };

/** @throws BAD_ARGUMENT if the levels do not decrease; ARRAY_UNREADABLE if the file is not an array. */
export async function scheduleOf(option: ScheduleOption, environment: StageEnvironment): Promise<NoiseSchedule> {
  if (option === "linear") return linearBetaSchedule();
  if (option === "cosine") return cosineSchedule();
  if ("linear" in option) return linearBetaSchedule(stated(option.linear));
  if ("cosine" in option) return cosineSchedule(stated(option.cosine));
  return fromAlphaBar((await environment.readArray(option.alphaBar)).data);
}
