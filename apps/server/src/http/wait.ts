import type { ServerResponse } from "node:http";
import type { FastifyRequest } from "fastify";
import type { Job } from "../jobs/job.js";
import type { Context } from "./context.js";

/** Seconds that an answer is waited for at most; what takes longer is better followed. */
export const mostWaitSeconds = 600;

const preference = /^wait\s*=\s*"?(\d{1,9})"?(?:\s*;.*)?$/iu;

/**
 * The seconds that a client wants to wait for the result, by the header `Prefer: wait=60`; undefined: it does not. Other preferences and
 * malformed ones are passed over, as the header wants it. RFC 7240, sections 2 and 4.3
 */
export function wantedWait({ headers }: FastifyRequest): number | undefined {
  const given = headers["prefer"];
  for (const part of (Array.isArray(given) ? given.join(",") : (given ?? "")).split(",")) {
    const seconds = preference.exec(part.trim())?.[1];
    if (seconds !== undefined && Number(seconds) > 0) return Math.min(Number(seconds), mostWaitSeconds);
  }
  return undefined;
}

/**
 * Resolves when a job is over, when the time has passed, or when the client has left. Nobody else knows the number of a restoration whose
 * client leaves before the answer, so it is cancelled; in a queue, equal requests share one, and it goes on.
 */
export async function waitFor(context: Context, job: Job, seconds: number, response: ServerResponse): Promise<void> {
  if (job.isOver) return;
  let end = (): void => {};
  const over = new Promise<void>((resolve) => (end = resolve));
  const gone = (): void => {
    if (!context.runner.durable) job.cancel();
    end();
  };
  const timer = setTimeout(end, 1000 * seconds);
  const leave = job.follow(({ type }) => {
    if (type === "state" && job.isOver) end();
  });
  response.once("close", gone);
  try {
    if (response.destroyed) gone();
    await over;
  } finally {
    clearTimeout(timer);
    leave();
    response.off("close", gone);
  }
}
