import { defined, isRecord, listOf, numberOf, textOf } from "./records.js";

/** One thing that is wrong with a pipeline, at its place. */
export interface Problem {
  readonly message: string;
  readonly hint: string;
  /** Keys from the top of the pipeline, joined by dots. */
  readonly path: string;
  /** What has the line: a field or a preset; absent: the pipeline that was sent. */
  readonly within?: string;
  readonly line?: number;
  readonly column?: number;
}

/** What the service answers in place of what was asked. */
export interface Failure {
  /** The status of HTTP; 0 if there was no answer. */
  readonly status: number;
  readonly code: string;
  readonly message: string;
  readonly hint: string;
  readonly problems: readonly Problem[];
  /** The field of the request that the message is about. */
  readonly field?: string;
}

/** A request that failed. */
export class RequestFailed extends Error {
  override readonly name = "RequestFailed";
  constructor(readonly failure: Failure) {
    super(failure.message);
  }
}

export const unreachable: Failure = {
  status: 0,
  code: "UNREACHABLE",
  message: "The service does not answer.",
  hint: "Look whether it still runs and whether this device is connected, then try again.",
  problems: [],
};

/** The failure that a body of the service's one form tells of; another body gives a general one. */
export function failureOf(body: unknown, status: number): Failure {
  if (!isRecord(body) || typeof body["code"] !== "string") return general(status);
  const message = textOf(body, "message");
  const field = fieldOf(body["code"], message);
  return {
    status: numberOf(body, "status") ?? status,
    code: body["code"],
    message,
    hint: textOf(body, "hint"),
    problems: listOf(body, "diagnostics").filter(isRecord).map(problemOf),
    ...defined({ field }),
  };
}

/** Whatever was thrown, as a failure to show. */
export const failureFrom = (error: unknown): Failure =>
  error instanceof RequestFailed
    ? error.failure
    : { ...unreachable, message: error instanceof TypeError ? unreachable.message : String(error) };

const general = (status: number): Failure => ({
  status,
  code: `HTTP ${status}`,
  message: `The service answered with status ${status}.`,
  hint: "Something between this page and the service may have answered in its place.",
  problems: [],
});

function problemOf(fields: Readonly<Record<string, unknown>>): Problem {
  return {
    message: textOf(fields, "message"),
    hint: textOf(fields, "hint"),
    path: textOf(fields, "path"),
    ...(typeof fields["within"] === "string" ? { within: fields["within"] } : {}),
    ...defined({ line: numberOf(fields, "line"), column: numberOf(fields, "column") }),
  };
}

/** Messages about a field begin with its name; pictures that cannot be read are the field `picture`. */
function fieldOf(code: string, message: string): string | undefined {
  if (code === "LEADER_SERVER_FIELD") return /^`(\w+)/u.exec(message)?.[1];
  return /_(?:NOT_A_PICTURE|PICTURE_MISSING|PIXELS|PICTURE_TOO_LARGE)$/u.test(code) ? "picture" : undefined;
}
