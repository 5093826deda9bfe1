import { defined } from "@leader/graph";
import type { FastifyRequest } from "fastify";
import { errors } from "../error-codes.js";
import type { Job } from "../jobs/job.js";
import type { Restoration } from "../worker/protocol.js";
import type { Context } from "./context.js";
import { remember } from "./find-job.js";
import { readRequest } from "./read-request.js";
import { requestedPipeline, uploadName } from "./request-fields.js";

/** Reads a request, checks it, and puts its restoration into the queue. Errors: those of reading, `BUSY`, `STORE_FULL`, `ConfigError`, `PIXELS`. */
export async function submit(context: Context, request: FastifyRequest): Promise<Job> {
  const { settings, runner, store, access } = context;
  const owner = access.ownerOf(request);
  const { picture, fields, files } = await readRequest(request, settings.bytes);
  const { text, params, ownHoles } = requestedPipeline(fields, new Set(files.keys()));
  const sent = ownHoles ? new Map([...files, ["picture", picture] as const]) : files;
  store.makeRoom(picture.byteLength);
  const uploads = await holdAll(context, sent);
  const release = (): void => Object.values(uploads).forEach((path) => context.uploads.release(path));
  const uncertainty = fields.uncertainty === true;
  const { pixels } = settings;
  const pipeline = { text, params, uploads };
  try {
    const inspected = await runner.ask("inspect", { pipeline, picture, pixels, uncertainty });
    if (context.draining()) throw errors.DRAINING({});
    const { seed, previewEvery } = fields;
    const restoration: Restoration = {
      pipeline,
      picture,
      pixels,
      uncertainty,
      ...defined({ seed, previewEvery }),
    };
    const submission = {
      request: { inspected, text: inspected.composed ?? text, owner, uncertainty, release },
      restoration,
      files: sent,
      priority: fields.priority ?? "normal",
    };
    const accepted = await runner.accept(submission, (id) => store.get(id));
    return remember(context, accepted);
  } catch (error) {
    release();
    throw error;
  }
}

/** Keeps the files of a request; if one is refused, none is kept. */
async function holdAll({ uploads }: Context, files: ReadonlyMap<string, Uint8Array>): Promise<Readonly<Record<string, string>>> {
  const held: Record<string, string> = {};
  try {
    for (const [name, bytes] of files) held[uploadName(name)] = await uploads.hold(name, bytes);
    return held;
  } catch (error) {
    for (const path of Object.values(held)) uploads.release(path);
    throw error;
  }
}
