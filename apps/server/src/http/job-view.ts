import { defined } from "@leader/graph";
import { z } from "zod";
import type { Job } from "../jobs/job.js";
import { failureOf, failureSchema } from "./failures.js";

export const progressSchema = z.object({
  fraction: z.number().describe("from 0 to 1; never falls"),
  etaSeconds: z.number().optional().describe("seconds that it will take from here; absent until there is a pace"),
  step: z.int(),
  maxSteps: z.int(),
  evaluations: z.int().describe("network evaluations so far"),
  sigma: z.number().optional().describe("standard deviation of the noise that the last finished step began with, for pictures in [-1,1]"),
  uncertainty: z.number().optional().describe("mean variance that was predicted in it, U_t; absent where no estimator takes part"),
});

/** A restoration as its owner sees it. */
export const jobSchema = z
  .object({
    id: z.uuid(),
    state: z.enum(["queued", "running", "completed", "failed", "cancelled"]),
    progress: progressSchema.optional(),
    created: z.iso.datetime(),
    started: z.iso.datetime().optional(),
    ended: z.iso.datetime().optional(),
    result: z.object({ width: z.int(), height: z.int() }).describe("size of the result"),
    pipelineHash: z.string().describe("SHA-256 of the pipeline after defaults"),
    error: failureSchema.optional(),
    links: z.object({
      self: z.string(),
      events: z.string(),
      result: z.string(),
      report: z.string(),
      pipeline: z.string(),
      uncertainty: z.string().optional(),
    }),
  })
  .describe("a restoration");

export type JobView = z.output<typeof jobSchema>;

const time = (ms: number): string => new Date(ms).toISOString();
const timeIf = (ms: number | undefined): string | undefined => (ms === undefined ? undefined : time(ms));

export function viewOf(job: Job): JobView {
  const self = `/v1/restorations/${job.id}`;
  const { progress } = job;
  return {
    id: job.id,
    state: job.state,
    ...defined({ progress: progress && progressView(progress) }),
    created: time(job.created),
    ...defined({ started: timeIf(job.started), ended: timeIf(job.ended) }),
    result: job.request.inspected.result,
    pipelineHash: job.request.inspected.hash,
    ...(job.error === undefined ? {} : { error: failureOf(job.error) }),
    links: {
      self,
      events: `${self}/events`,
      result: `${self}/result`,
      report: `${self}/report`,
      pipeline: `${self}/pipeline`,
      ...(job.request.uncertainty ? { uncertainty: `${self}/uncertainty` } : {}),
    },
  };
}

export function progressView(progress: NonNullable<Job["progress"]>): z.output<typeof progressSchema> {
  const { fraction, etaSeconds, step, maxSteps, evaluations, sigma, uncertainty } = progress;
  return { fraction, ...defined({ etaSeconds }), step, maxSteps, evaluations, ...defined({ sigma, uncertainty }) };
}
