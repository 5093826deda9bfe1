import type { FastifyRequest } from "fastify";
import { errors } from "../error-codes.js";
import type { Job } from "../jobs/job.js";
import type { Accepted } from "../jobs/runner.js";
import type { Context } from "./context.js";

/** Remembers a job, and counts how it ended when it is over. */
export function remember({ store, metrics }: Context, { job, over }: Accepted): Job {
  store.add(job);
  void over?.then(() => {
    if (job.isOver) metrics.over(job);
  });
  return job;
}

/** The job of a number, if it is that of whoever asks. Errors: `KEY`; `NOT_FOUND`, also where it is somebody else's; `STORAGE`. */
export async function findJob(context: Context, request: FastifyRequest, id: string): Promise<Job> {
  const owner = context.access.ownerOf(request);
  const job = context.store.get(id) ?? (await foundElsewhere(context, id));
  if (job?.request.owner !== owner) throw errors.NOT_FOUND({ what: "such restoration" });
  return job;
}

/** What this process does not know of, such as from before it was started. */
async function foundElsewhere(context: Context, id: string): Promise<Job | undefined> {
  const found = await context.runner.find(id);
  // Somebody else who asked may have been faster.
  return context.store.get(id) ?? (found && remember(context, found));
}
