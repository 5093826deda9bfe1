import type { FastifyReply, FastifyRequest } from "fastify";
import { z } from "zod";
import { errors } from "../error-codes.js";
import type { Job } from "../jobs/job.js";
import type { RestoredFiles } from "../worker/protocol.js";
import type { Context } from "./context.js";

/** The formats of results, in the order of our own preference. */
export const pictureFormats = ["png", "webp", "jpeg", "avif", "tiff"] as const;

export type PictureFormat = (typeof pictureFormats)[number];
export type PictureType = `image/${PictureFormat}`;

/** The same as they stand in `Accept`. */
export const pictureTypes: readonly PictureType[] = pictureFormats.map((format) => `image/${format}` as const);

/** Bytes, which are sent as they are. */
export const binary = z.custom<Buffer>((value) => Buffer.isBuffer(value)).describe("the file");

export const bufferOf = (bytes: Uint8Array): Buffer => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);

/** The files of a completed restoration. Errors: `NOT_READY`, `ENDED`, `STORAGE`. */
export async function filesOf(job: Job): Promise<RestoredFiles> {
  if (job.results !== undefined) return await job.results.read();
  throw job.isOver ? errors.ENDED({ state: job.state }) : errors.NOT_READY({ state: job.state });
}

/** The type that the reader likes best. Errors: `NOT_ACCEPTABLE`. */
export function acceptedType<T extends string>(request: FastifyRequest, types: readonly T[]): T {
  const chosen: unknown = request.accepts().type([...types]);
  const type = types.find((offered) => offered === chosen);
  if (type === undefined) throw errors.NOT_ACCEPTABLE({ offered: types });
  return type;
}

/** Answers with the restored picture. Errors: as {@link filesOf}; those of converting. */
export async function sendPicture({ runner }: Context, reply: FastifyReply, job: Job, type: PictureType): Promise<FastifyReply> {
  const { picture } = await filesOf(job);
  const format = pictureFormats.find((name) => type === `image/${name}`) ?? "png";
  const bytes = format === "png" ? picture : await runner.ask("convert", { picture, format });
  return await reply.type(type).header("vary", "accept").header("cache-control", "private, no-transform").send(bufferOf(bytes));
}
