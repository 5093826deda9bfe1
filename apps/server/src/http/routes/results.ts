import type { FastifyRequest } from "fastify";
import { z } from "zod";
import { errors } from "../../error-codes.js";
import type { Job } from "../../jobs/job.js";
import type { App, Context } from "../context.js";
import { failureSchema } from "../failures.js";
import { findJob } from "../find-job.js";
import { acceptedType, binary, bufferOf, filesOf, pictureFormats, pictureTypes, sendPicture } from "../picture-answer.js";
import { idSchema } from "./restorations.js";

const mapTypes = ["image/png", "application/octet-stream"] as const;

const reportSchema = z
  .looseObject({ id: z.uuid(), pipelineHash: z.string() })
  .describe("what the run told, with the pipeline after defaults");

const failures = { 401: failureSchema, 404: failureSchema, 406: failureSchema, 409: failureSchema };

/** What comes of a restoration: the picture, the report, the pipeline, the map of uncertainty. */
export function resultRoutes(app: App, context: Context): void {
  const jobOf: JobOf = (request, id) => findJob(context, request, id);
  pictureRoute(app, context, jobOf);
  accountRoutes(app, jobOf);
  uncertaintyRoute(app, jobOf);
}

type JobOf = (request: FastifyRequest, id: string) => Promise<Job>;

const tags = ["results"];

function pictureRoute(app: App, context: Context, jobOf: JobOf): void {
  app.get(
    "/v1/restorations/:id/result",
    {
      schema: {
        summary: "The restored picture; the format is that of `format` or of the header Accept, PNG by default",
        tags,
        params: idSchema,
        querystring: z.strictObject({ format: z.enum(pictureFormats).optional() }),
        produces: [...pictureTypes],
        response: { 200: binary, ...failures },
      },
    },
    async (request, reply) => {
      const job = await jobOf(request, request.params.id);
      const { format } = request.query;
      const type = format === undefined ? acceptedType(request, pictureTypes) : (`image/${format}` as const);
      return await sendPicture(context, reply, job, type);
    },
  );
}

function accountRoutes(app: App, jobOf: JobOf): void {
  app.get(
    "/v1/restorations/:id/report",
    {
      schema: {
        summary: "How it was restored: stages, steps, evaluations, seconds",
        tags,
        params: idSchema,
        response: { 200: reportSchema, ...failures },
      },
    },
    async (request, reply) => {
      const job = await jobOf(request, request.params.id);
      const { report } = await filesOf(job);
      const { config, hash } = job.request.inspected;
      return await reply.send({ id: job.id, pipelineHash: hash, pipeline: config, ...report });
    },
  );

  app.get(
    "/v1/restorations/:id/pipeline",
    {
      schema: {
        summary: "The pipeline as YAML, to be taken along",
        tags,
        params: idSchema,
        produces: ["application/yaml"],
        response: { 200: z.string(), ...failures },
      },
    },
    async (request, reply) =>
      await reply.type("application/yaml; charset=utf-8").send((await jobOf(request, request.params.id)).request.text),
  );
}

function uncertaintyRoute(app: App, jobOf: JobOf): void {
  app.get(
    "/v1/restorations/:id/uncertainty",
    {
      schema: {
        summary: "The predicted standard deviation: an .npy array (application/octet-stream), or a PNG whose white is `x-leader-largest`",
        tags,
        params: idSchema,
        produces: [...mapTypes],
        response: { 200: binary, ...failures },
      },
    },
    async (request, reply) => {
      const { uncertainty } = await filesOf(await jobOf(request, request.params.id));
      if (uncertainty === undefined) throw errors.NOT_ASKED({ what: "map of uncertainty", field: "uncertainty" });
      const type = acceptedType(request, mapTypes);
      const bytes = type === "image/png" ? uncertainty.picture : uncertainty.array;
      return await reply.type(type).header("vary", "accept").header("x-leader-largest", String(uncertainty.largest)).send(bufferOf(bytes));
    },
  );
}
