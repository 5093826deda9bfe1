import { z } from "zod";
import { defined } from "@leader/graph";
import type { Progress } from "leader-restore";
import type { Told } from "../worker/follow-events.js";
import type { PreviewEvent } from "../worker/protocol.js";

/** The queue of restorations, apart from that of commands: its workers run no command. */
export const restorationQueue = "restorations";
export const restorationKind = "restoration";
/** Times that a restoration is tried: a picture that ends its process does so every time. */
export const restorationAttempts = 3;

/** What a task holds; the rest is in the storage. */
export const payloadSchema = z.object({ id: z.uuid() });

const count = z.number();
const progressSchema = z.object({
  fraction: count,
  etaSeconds: count.optional(),
  step: count,
  maxSteps: count,
  evaluations: count,
  sigma: count.optional(),
  uncertainty: count.optional(),
});

/** What a worker tells through the queue: plain JSON. */
const messageSchema = z.discriminatedUnion("type", [
  z.object({ type: z.literal("begun") }),
  z.object({ type: z.literal("progress"), progress: progressSchema }),
  z.object({ type: z.literal("preview"), step: count, width: count, height: count, webp: z.base64() }),
]);

export type Message = z.output<typeof messageSchema>;

/** What is told, as a message. */
export function messageOf(told: Told): Message {
  if (told.type === "preview") {
    const { step, width, height, webp } = told.preview;
    return { type: "preview", step, width, height, webp: Buffer.from(webp).toString("base64") };
  }
  const { preview: _, ...progress } = told.progress;
  return { type: "progress", progress: defined(progress) };
}

/** What a message tells; nothing if it is none. */
export function toldBy(message: unknown): Told | "begun" | undefined {
  const { data } = messageSchema.safeParse(message);
  if (data === undefined) return undefined;
  if (data.type === "begun") return "begun";
  if (data.type === "progress") {
    const progress: Progress = { etaSeconds: undefined, ...defined(data.progress) };
    return { type: "progress", progress };
  }
  const { step, width, height, webp } = data;
  const preview: PreviewEvent = { type: "preview", step, width, height, webp: Buffer.from(webp, "base64") };
  return { type: "preview", preview };
}
