/** Coded errors: what happened, where, and what to do about it. */
import { defined } from "./records.js";

/** A place in a file that the user can open. Lines and columns start at 1. */
export interface SourcePlace {
  readonly file: string;
  readonly line?: number;
  readonly column?: number;
  readonly length?: number;
}

export interface ErrorDescription {
  readonly message: string;
  /** What the reader should do next, as an instruction. */
  readonly hint: string;
  /** True if the same may succeed at another time or with other limits; absent: the input, the configuration or the code is at fault. */
  readonly retryable?: boolean;
}

export interface ErrorContext {
  readonly place?: SourcePlace;
  /** Which stage was at work, such as `baseline/ddnm`. */
  readonly stage?: string;
  readonly cause?: unknown;
}

/** Recognises our errors across copies of the package, where `instanceof` would fail. */
const brand = Symbol.for("leader.error");

/** Every error that LEADer raises on purpose: `code` is stable, `hint` says what to do. */
export class LeaderError extends Error {
  readonly code: string;
  readonly hint: string;
  /** True if trying again may help: a process died, a ceiling was reached, a queue was full. False: it never will. */
  readonly retryable: boolean;
  readonly place: SourcePlace | undefined;
  readonly stage: string | undefined;
  readonly [brand] = true;

  constructor(code: string, description: ErrorDescription, context: ErrorContext = {}) {
    super(description.message, context.cause === undefined ? undefined : { cause: context.cause });
    this.name = "LeaderError";
    this.code = code;
    this.hint = description.hint;
    this.retryable = description.retryable ?? false;
    this.place = context.place;
    this.stage = context.stage;
  }
}

/** True for errors raised by any copy of this package. */
export function isLeaderError(value: unknown): value is LeaderError {
  return typeof value === "object" && value !== null && brand in value && value[brand] === true;
}

/** The same error with the place or stage filled in where it was unknown; anything else is returned as it is. */
export function withContext(error: unknown, context: Pick<ErrorContext, "place" | "stage">): unknown {
  if (!isLeaderError(error)) return error;
  const place = error.place ?? context.place;
  const stage = error.stage ?? context.stage;
  if (place === error.place && stage === error.stage) return error;
  return new LeaderError(
    error.code,
    { message: error.message, hint: error.hint, retryable: error.retryable },
    { ...defined({ place, stage }), cause: error },
  );
}

type ErrorTable = Readonly<Record<string, (parameters: never) => ErrorDescription>>;
type ErrorFactories<T extends ErrorTable> = {
  readonly [K in keyof T]: (parameters: Parameters<T[K]>[0], context?: ErrorContext) => LeaderError;
};

/**
 * Turns a table of message templates into error factories; the code of each is `<prefix>_<KEY>`.
 * All codes of a package live in one such table; a code is never reused with another meaning.
 */
export function defineErrors<const T extends ErrorTable>(prefix: string, table: T): ErrorFactories<T>;
export function defineErrors(prefix: string, table: ErrorTable): object {
  const factories = Object.entries(table).map(
    ([key, describe]) =>
      [key, (parameters: never, context?: ErrorContext) => new LeaderError(`${prefix}_${key}`, describe(parameters), context)] as const,
  );
  return Object.fromEntries<(typeof factories)[number][1]>(factories);
}
