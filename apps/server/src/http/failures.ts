import { defined, isLeaderError, type LeaderError } from "@leader/graph";
import { isConfigError, type Diagnostic } from "leader-restore";
import { z } from "zod";
import { errors } from "../error-codes.js";

/** What every failed request is answered with. */
export const failureSchema = z
  .object({
    status: z.int(),
    code: z.string().describe("stable; docs/errors.md lists all"),
    message: z.string(),
    hint: z.string().describe("what to do about it"),
    retryable: z.boolean().describe("whether the same request may succeed at another time"),
    diagnostics: z
      .array(
        z.object({
          code: z.string(),
          message: z.string(),
          hint: z.string(),
          path: z.string().describe("keys of the pipeline from its top, joined by dots"),
          within: z
            .string()
            .optional()
            .describe("what has the line: the field `param`, or the preset that is extended; absent: the pipeline that was sent"),
          line: z.int().optional(),
          column: z.int().optional(),
          frame: z.string().optional(),
        }),
      )
      .optional()
      .describe("every problem of a pipeline"),
  })
  .describe("a failure");

export type Failure = z.output<typeof failureSchema>;

const statuses: Readonly<Record<string, number>> = {
  LEADER_SERVER_REQUEST: 400,
  LEADER_SERVER_FIELD: 422,
  LEADER_SERVER_PICTURE_MISSING: 400,
  LEADER_SERVER_MEDIA_TYPE: 415,
  LEADER_SERVER_NOT_ACCEPTABLE: 406,
  LEADER_SERVER_BODY_TOO_LARGE: 413,
  LEADER_SERVER_HEAD_TOO_LARGE: 431,
  LEADER_SERVER_EXPECTATION: 417,
  LEADER_SERVER_PIXELS: 413,
  LEADER_PICTURE_TOO_LARGE: 413,
  LEADER_PICTURE_DECODER_MISSING: 415,
  LEADER_SERVER_TIMEOUT: 408,
  LEADER_SERVER_KEY: 401,
  LEADER_SERVER_ORIGIN: 403,
  LEADER_SERVER_NOT_FOUND: 404,
  LEADER_SERVER_NOT_READY: 409,
  LEADER_SERVER_NOT_ASKED: 404,
  LEADER_SERVER_ENDED: 409,
  LEADER_SERVER_BUSY: 429,
  LEADER_SERVER_STORE_FULL: 429,
  LEADER_POOL_FULL: 429,
  LEADER_SERVER_STORAGE: 503,
  LEADER_SERVER_DRAINING: 503,
  LEADER_POOL_CLOSED: 503,
  LEADER_CHILD_UNAVAILABLE: 503,
  LEADER_SERVER_INTERNAL: 500,
  LEADER_UNEXPECTED: 500,
};

/**
 * The failure of a request: coded errors with their own words, others as one that tells nothing of the machine.
 * @param bodyLimit most bytes of a request, for what the framework refuses as too large
 */
export function failureOf(error: unknown, bodyLimit = 0): Failure {
  const coded = isLeaderError(error) ? error : (ofFastify(error, bodyLimit) ?? errors.INTERNAL({}));
  const diagnostics = isConfigError(coded) ? { diagnostics: coded.diagnostics.map(publicDiagnostic) } : {};
  const { code, hint, retryable } = coded;
  return { status: statuses[code] ?? 422, code, message: messageOf(coded), hint, retryable, ...diagnostics };
}

/** What is said in place of messages that name places of the machine. */
const placeless: Readonly<Record<string, string>> = {
  LEADER_SERVER_STORAGE: "the storage of the service cannot be used now",
  LEADER_PICTURE_DECODER_MISSING: "the picture is HEIC (HEVC), and the service was installed without what decodes it",
};

/** Without the frames of the pipeline's text, which `diagnostics` has, and without places of the machine. */
function messageOf(error: LeaderError): string {
  if (isConfigError(error)) return error.diagnostics.map(({ path, message }) => (path === "" ? message : `${path}: ${message}`)).join("; ");
  return placeless[error.code] ?? error.message;
}

/** Without the name of the file, which is the request's. */
function publicDiagnostic(diagnostic: Diagnostic): NonNullable<Failure["diagnostics"]>[number] {
  const { code, message, hint, path, file, line, column, frame } = diagnostic;
  return { code, message, hint, path, ...defined({ within: withinOf(file), line, column, frame }) };
}

/** What a place is in, where that is not the text of the pipeline. */
const withinOf = (file: string): string | undefined =>
  file === "--param" ? "param" : /^(?:@[\w.-]+\/)?[\w.-]+#/u.test(file) ? file : undefined;

/** What the framework refuses by itself. */
function ofFastify(error: unknown, bodyLimit: number): LeaderError | undefined {
  const { code, statusCode, message } = (error ?? {}) as {
    readonly code?: unknown;
    readonly statusCode?: unknown;
    readonly message?: unknown;
  };
  if (code === "FST_ERR_MAX_PARAM_LENGTH") return errors.NOT_FOUND({ what: "such restoration" });
  if (statusCode === 413) return errors.BODY_TOO_LARGE({ limit: bodyLimit });
  if (statusCode === 415) return errors.MEDIA_TYPE({ received: "this kind" });
  if (code === "FST_ERR_VALIDATION" && typeof message === "string") return errors.REQUEST({ problem: message });
  if (typeof statusCode === "number" && statusCode >= 400 && statusCode < 500)
    return errors.REQUEST({ problem: typeof message === "string" ? message : "it is malformed" });
  return undefined;
}
