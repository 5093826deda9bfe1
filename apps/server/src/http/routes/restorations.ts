import { isLeaderError } from "@leader/graph";
import type { FastifyReply } from "fastify";
import { z } from "zod";
import { errors } from "../../error-codes.js";
import type { Job } from "../../jobs/job.js";
import type { Context, App } from "../context.js";
import { failureSchema } from "../failures.js";
import { findJob } from "../find-job.js";
import { jobSchema, viewOf } from "../job-view.js";
import { acceptedType, binary, pictureTypes, sendPicture } from "../picture-answer.js";
import { requestFields } from "../request-fields.js";
import { submit } from "../submit.js";
import { mostWaitSeconds, waitFor, wantedWait } from "../wait.js";

export const idSchema = z.object({ id: z.uuid() });

const failures = (...statuses: readonly number[]): Readonly<Record<number, typeof failureSchema>> =>
  Object.fromEntries(statuses.map((status) => [status, failureSchema]));

/** Starting, following and cancelling restorations. */
export function restorationRoutes(app: App, context: Context): void {
  startRoute(app, context);
  statusRoutes(app, context);
}

/** What an answer that was waited for may be: the picture, or where to find everything about it. */
const answers = [...pictureTypes, "application/json"] as const;

const restored = {
  description: "With `Prefer: wait`: the restored picture, or the restoration where `Accept` wants JSON",
  content: {
    ...Object.fromEntries(pictureTypes.map((type) => [type, { schema: binary }])),
    "application/json": { schema: jobSchema },
  },
};

function startRoute(app: App, context: Context): void {
  app.post(
    "/v1/restorations",
    {
      schema: {
        summary: "Restore a picture",
        description:
          "The picture is the body, with the fields in the query; or the file `picture` of a form with the fields beside it. " +
          `With the header \`Prefer: wait=60\` the answer comes with the result, if that takes no longer (at most ${mostWaitSeconds} seconds).`,
        tags: ["restorations"],
        querystring: requestFields,
        headers: z.looseObject({ prefer: z.string().optional().describe("`wait=SECONDS`: answer with the result (RFC 7240)") }),
        response: { 200: restored, 202: jobSchema, ...failures(400, 401, 403, 406, 408, 413, 415, 422, 429, 503) },
      },
      // A wrong field is answered alike in the query and in a form: where the fields are read.
      attachValidation: true,
    },
    async (request, reply) => {
      const seconds = wantedWait(request);
      if (seconds === undefined) return await accepted(reply, await submit(context, request));
      const type = acceptedType(request, answers);
      const job = await submit(context, request);
      await waitFor(context, job, seconds, reply.raw);
      void reply.header("preference-applied", `wait=${seconds}`);
      if (!job.isOver) return await accepted(reply, job);
      void reply.header("location", addressOf(job));
      if (job.error !== undefined) throw isLeaderError(job.error) ? job.error : errors.INTERNAL({}, { cause: job.error });
      return type === "application/json" ? await reply.send(viewOf(job)) : await sendPicture(context, reply, job, type);
    },
  );
}

const addressOf = ({ id }: Job): string => `/v1/restorations/${id}`;

const accepted = async (reply: FastifyReply, job: Job): Promise<FastifyReply> =>
  await reply.code(202).header("location", addressOf(job)).send(viewOf(job));

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
