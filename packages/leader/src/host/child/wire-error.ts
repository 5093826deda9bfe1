import { isLeaderError, LeaderError, type SourcePlace } from "@leader/graph/errors";
import { defined } from "@leader/graph/records";
import { ConfigError, isConfigError, type Diagnostic } from "../config/diagnostic.js";

/** An error as plain data: structured cloning would drop code, hint, place and stage. */
export interface WireError {
  readonly name: string;
  readonly message: string;
  readonly stack?: string;
  readonly coded?: {
    readonly code: string;
    readonly hint: string;
    readonly retryable: boolean;
    readonly place?: SourcePlace;
    readonly stage?: string;
  };
  readonly diagnostics?: readonly Diagnostic[];
  readonly cause?: WireError;
}

/** Causes are followed this far. */
const deepestCause = 8;

/** An error, or anything else that was thrown, as plain data. */
export function toWire(error: unknown, depth = 0): WireError {
  if (!(error instanceof Error)) return { name: "Error", message: String(error) };
  const { name, message, stack, cause } = error;
  return {
    name,
    message,
    ...defined({ stack }),
    ...(isLeaderError(error) ? { coded: codedPart(error) } : {}),
    ...(isConfigError(error) ? { diagnostics: error.diagnostics } : {}),
    ...(cause === undefined || depth >= deepestCause ? {} : { cause: toWire(cause, depth + 1) }),
  };
}

/** The error again: coded errors are `LeaderError`s, configuration errors are `ConfigError`s. */
export function fromWire(wire: WireError): Error {
  const cause = wire.cause === undefined ? undefined : fromWire(wire.cause);
  const made = revive(wire, cause);
  if (wire.stack !== undefined) made.stack = wire.stack;
  return made;
}

function revive({ name, message, coded, diagnostics }: WireError, cause: Error | undefined): Error {
  const [first, ...rest] = diagnostics ?? [];
  if (first !== undefined) return new ConfigError([first, ...rest], { cause });
  if (coded !== undefined)
    return new LeaderError(coded.code, { message, hint: coded.hint, retryable: coded.retryable }, { ...coded, cause });
  const error = new Error(message, { cause });
  error.name = name;
  return error;
}

function codedPart({ code, hint, retryable, place, stage }: LeaderError): NonNullable<WireError["coded"]> {
  return { code, hint, retryable, ...defined({ place, stage }) };
}
