import { z } from "zod";
import type { Context, App } from "../context.js";
import { failureSchema } from "../failures.js";
import { findJob } from "../find-job.js";
import { jobSchema, viewOf } from "../job-view.js";
import { requestFields } from "../request-fields.js";
import { submit } from "../submit.js";

export const idSchema = z.object({ id: z.uuid() });

const failures = (...statuses: readonly number[]): Readonly<Record<number, typeof failureSchema>> =>
  Object.fromEntries(statuses.map((status) => [status, failureSchema]));

/** Starting, following and cancelling restorations. */
export function restorationRoutes(app: App, context: Context): void {
  startRoute(app, context);
  statusRoutes(app, context);
}

function startRoute(app: App, context: Context): void {
  app.post(
    "/v1/restorations",
    {
      schema: {
        summary: "Restore a picture",
        description: "The picture is the body, with the fields in the query; or the file `picture` of a form with the fields beside it.",
        tags: ["restorations"],
        querystring: requestFields,
        response: { 202: jobSchema, ...failures(400, 401, 403, 408, 413, 415, 422, 429, 503) },
      },
      // A wrong field is answered alike in the query and in a form: where the fields are read.
      attachValidation: true,
    },
    async (request, reply) => {
      const job = await submit(context, request);
      return await reply.code(202).header("location", `/v1/restorations/${job.id}`).send(viewOf(job));
    },
  );
}

function statusRoutes(app: App, context: Context): void {
  const { store, runner, streams } = context;
  app.get(
    "/v1/restorations/:id",
    { schema: { summary: "How far it is", tags: ["restorations"], params: idSchema, response: { 200: jobSchema, ...failures(401, 404) } } },
    async (request) => viewOf(await findJob(context, request, request.params.id)),
  );

  app.delete(
    "/v1/restorations/:id",
    {
      schema: {
        summary: "Cancel it, or forget its result",
        tags: ["restorations"],
        params: idSchema,
        response: { 200: jobSchema, ...failures(401, 404) },
      },
    },
    async (request) => {
      const job = await findJob(context, request, request.params.id);
      if (!job.isOver) job.cancel();
      else {
        await runner.forget(job);
        store.forget(job);
      }
      return viewOf(job);
    },
  );

  app.get(
    "/v1/restorations/:id/events",
    {
      schema: {
        summary:
          "Server-sent events: `state` (a restoration), `progress`, `preview` (a picture as a data URL); they end with the restoration",
        tags: ["restorations"],
        params: idSchema,
        produces: ["text/event-stream"],
      },
    },
    async (request, reply) => {
      streams.stream(reply, await findJob(context, request, request.params.id));
      return reply;
    },
  );
}
