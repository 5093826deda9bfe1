import type { FastifyRequest } from "fastify";
import type { z } from "zod";
import { isLeaderError, memberOf } from "@leader/graph";
import { errors } from "../error-codes.js";
import { mostParams, requestFields, type RequestFields } from "./request-fields.js";

/** A request for a restoration as it was sent. */
export interface ReadRequest {
  readonly picture: Uint8Array;
  readonly fields: RequestFields;
  /** Files beside the picture, by the names of their fields. */
  readonly files: ReadonlyMap<string, Uint8Array>;
}

const mostFiles = 4;
const mostFields = 20 + mostParams;
const longestField = 65_536;
/** The field that may occur more than once. */
const repeatable = "param";
const fileName = /^[A-Za-z][A-Za-z0-9-]{0,31}$/u;

/** Reads a form, or a picture with its fields in the query. Errors: `FIELD`, `PICTURE_MISSING`, `UPLOAD`, `BODY_TOO_LARGE`, `MEDIA_TYPE`. */
export async function readRequest(request: FastifyRequest, mostBytes: number): Promise<ReadRequest> {
  if (request.isMultipart()) return await readForm(request, mostBytes);
  const { body } = request;
  if (!Buffer.isBuffer(body) || body.byteLength === 0) throw errors.PICTURE_MISSING({});
  return { picture: body, fields: parseFields(request.query), files: new Map() };
}

async function readForm(request: FastifyRequest, mostBytes: number): Promise<ReadRequest> {
  const fields: Record<string, unknown> = { ...(request.query as object) };
  const files = new Map<string, Uint8Array>();
  let left = mostBytes;
  const limits = { fileSize: mostBytes, files: mostFiles, fields: mostFields, fieldSize: longestField, parts: mostFiles + mostFields };
  for await (const part of parserErrors(request.parts({ limits }))) {
    const occurs = Object.hasOwn(fields, part.fieldname) || files.has(part.fieldname);
    if (occurs && !(part.type === "field" && part.fieldname === repeatable)) {
      if (part.type === "file") part.file.resume();
      throw errors.FIELD({ field: shown(part.fieldname), problem: "it occurs twice" });
    }
    if (part.type === "field") {
      if (part.valueTruncated) throw errors.FIELD({ field: shown(part.fieldname), problem: `it is longer than ${longestField} bytes` });
      const { [part.fieldname]: before = [] } = fields;
      fields[part.fieldname] = part.fieldname === repeatable ? [before, part.value].flat() : part.value;
      continue;
    }
    if (!fileName.test(part.fieldname)) {
      part.file.resume();
      throw errors.UPLOAD({ name: shown(part.fieldname), problem: "its name is not allowed" });
    }
    const bytes = await part.toBuffer().catch(refuseForm);
    left -= bytes.byteLength;
    if (left < 0) throw errors.BODY_TOO_LARGE({ limit: mostBytes });
    files.set(part.fieldname, bytes);
  }
  const picture = files.get("picture");
  files.delete("picture");
  if (picture === undefined || picture.byteLength === 0) throw errors.PICTURE_MISSING({});
  return { picture, fields: parseFields(fields), files };
}

/** What the parser of forms cannot read. */
async function* parserErrors<T>(parts: AsyncIterableIterator<T>): AsyncGenerator<T> {
  try {
    for (;;) {
      const next = await parts.next().catch(refuseForm);
      if (next.done === true) return;
      yield next.value;
    }
  } finally {
    await parts.return?.();
  }
}

/** What the parser throws is the fault of the form, except where it has a status of its own. Errors: `REQUEST`. */
function refuseForm(error: unknown): never {
  if (isLeaderError(error) || memberOf(error, "statusCode") !== undefined) throw error;
  throw errors.REQUEST(
    { problem: `the form is malformed: ${error instanceof Error ? error.message : "it cannot be read"}` },
    { cause: error },
  );
}

/** A name in a message: what was sent is not repeated in full. */
const shown = (name: string): string => name.replace(/[^\x20-\x7e]/gu, "?").slice(0, 40);

function parseFields(given: unknown): RequestFields {
  const parsed = requestFields.safeParse(given);
  if (parsed.success) return parsed.data;
  const [first] = parsed.error.issues;
  throw errors.FIELD({ field: fieldOf(first), problem: first === undefined ? "it is wrong" : first.message });
}

function fieldOf(issue: z.core.$ZodIssue | undefined): string {
  if (issue === undefined) return "";
  return issue.code === "unrecognized_keys" ? shown(issue.keys.join(", ")) : issue.path.join(".");
}
