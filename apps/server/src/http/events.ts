import type { FastifyReply } from "fastify";
import type { Job, JobEvent } from "../jobs/job.js";
import { TraceReader } from "../jobs/trace.js";
import type { PreviewEvent } from "../worker/protocol.js";
import { progressView, viewOf } from "./job-view.js";
import { SteadyProgress } from "./steady-progress.js";

/** Milliseconds between two signs of life. */
const heartbeatMs = 15_000;
/** Bytes that wait for a slow reader; previews are left out for it, since the next one replaces them. */
const patience = 256 * 1024;
/** A reader that takes nothing at all is let go. */
const mostBytes = 4 * 2 ** 20;

/** The readers of server-sent events, so that stopping the service ends their streams. */
export class EventStreams {
  readonly #open = new Set<() => void>();

  get size(): number {
    return this.#open.size;
  }

  /** Writes what happens to a job until it is over or the reader leaves: first how things stand, so that nothing is missed by coming late. */
  stream(reply: FastifyReply, job: Job): void {
    reply.hijack();
    const { raw } = reply;
    raw.writeHead(200, {
      "content-type": "text/event-stream; charset=utf-8",
      "cache-control": "no-store",
      "x-accel-buffering": "no",
      "x-content-type-options": "nosniff",
    });
    const send = (event: string, data: unknown): void => {
      if (raw.writableLength > mostBytes) raw.destroy();
      else raw.write(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`);
    };
    const trace = new TraceReader(job.trace);
    const heartbeat = setInterval(() => void raw.write(": \n\n"), heartbeatMs);
    const end = (): void => {
      clearInterval(heartbeat);
      steady.end();
      leave();
      this.#open.delete(end);
      raw.end();
    };
    const see = (event: JobEvent): void => {
      if (event.type === "state") {
        send("state", viewOf(job));
        if (job.isOver) end();
      } else if (event.type === "progress") send("progress", { ...progressView(event.progress), steps: trace.next() });
      else if (raw.writableLength < patience) send("preview", previewView(event.preview));
    };
    const steady = new SteadyProgress(see);
    const leave = job.follow((event) => steady.see(event));
    this.#open.add(end);
    raw.on("close", end);
    see({ type: "state", state: job.state });
    if (!job.isOver && job.progress !== undefined) see({ type: "progress", progress: job.progress });
    if (!job.isOver && job.preview !== undefined) see({ type: "preview", preview: job.preview });
  }

  /** Ends all streams. */
  close(): void {
    for (const end of this.#open) end();
  }
}

const previewView = ({ step, width, height, webp }: PreviewEvent): object => ({
  step,
  width,
  height,
  image: `data:image/webp;base64,${Buffer.from(webp.buffer, webp.byteOffset, webp.byteLength).toString("base64")}`,
});
