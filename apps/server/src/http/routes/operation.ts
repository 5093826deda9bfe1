import { readableExtensions, taskQualities } from "leader-restore";
import { z } from "zod";
import type { App, Context } from "../context.js";
import { requestFields } from "../request-fields.js";

const aboutSchema = z.object({
  name: z.literal("leader"),
  version: z.string(),
  tasks: z.array(z.string()),
  qualities: z.record(z.string(), z.record(z.string(), z.string())).describe("what each quality of each task takes, in words"),
  pictures: z.array(z.string()).describe("endings of the picture files that are read"),
  limits: z.object({ bytes: z.int(), pixels: z.int(), seconds: z.number(), queue: z.int(), running: z.int() }),
  keepSeconds: z.number().describe("how long results are kept"),
});

/** What those who run the service look at, and what a client wants to know first. */
export function operationRoutes(app: App, context: Context): void {
  const { settings, metrics, access, runner } = context;
  const tags = ["operation"];
  app.get(
    "/healthz",
    { schema: { summary: "Whether the service lives", tags, response: { 200: z.object({ status: z.literal("ok") }) } }, logLevel: "warn" },
    () => Promise.resolve({ status: "ok" as const }),
  );
  const readiness = z.object({ status: z.enum(["ready", "draining"]), running: z.int(), waiting: z.int() });
  app.get(
    "/readyz",
    { schema: { summary: "Whether it takes restorations", tags, response: { 200: readiness, 503: readiness } }, logLevel: "warn" },
    async (_request, reply) => {
      const status = context.draining() ? "draining" : "ready";
      const { running, waiting } = runner;
      return await reply.code(status === "ready" ? 200 : 503).send({ status, running, waiting });
    },
  );
  app.get(
    "/metrics",
    { schema: { summary: "Counters for Prometheus", tags, produces: ["text/plain"] }, logLevel: "warn" },
    async (request, reply) => {
      access.ownerOf(request);
      return await reply.type(metrics.contentType).send(await metrics.text());
    },
  );
  app.get("/v1", { schema: { summary: "Version, tasks and limits", tags, response: { 200: aboutSchema } } }, () =>
    Promise.resolve({
      name: "leader" as const,
      version: context.version,
      tasks: requestFields.shape.task.unwrap().options.map(String),
      qualities: taskQualities,
      pictures: [...readableExtensions()],
      limits: {
        bytes: settings.bytes,
        pixels: settings.pixels,
        seconds: settings.seconds,
        queue: settings.queue,
        running: settings.maximum,
      },
      keepSeconds: settings.keepSeconds,
    }),
  );
  app.get("/v1/schema", { schema: { summary: "JSON Schema of the pipelines that may be sent", tags } }, async (request, reply) => {
    access.ownerOf(request);
    return await reply.type("application/schema+json").send(JSON.stringify(await context.schema()));
  });
}
