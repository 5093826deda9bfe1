import { LeaderError, type SourcePlace } from "@leader/graph/errors";
import { defined } from "@leader/graph/records";

/** A problem of a pipeline file, with its place: what an editor or a `--format json` reader needs. */
export interface Diagnostic {
  /** Stable code, such as `LEADER_CONFIG_UNKNOWN_KEY`. */
  readonly code: string;
  readonly message: string;
  /** What to do about it. */
  readonly hint: string;
  /** Keys from the top of the file, joined by dots; empty for the file as a whole. */
  readonly path: string;
  /** The file, `--set` for an override, or `pipeline` for one made in code. */
  readonly file: string;
  /** From 1; absent where there is no text to point into. */
  readonly line?: number;
  /** From 1. */
  readonly column?: number;
  readonly length?: number;
  /** The lines around the place, with a marker under it. */
  readonly frame?: string;
}

/** Where a problem lies, as far as it is known. */
export interface Place {
  readonly file: string;
  readonly line?: number;
  readonly column?: number;
  readonly length?: number;
  readonly frame?: string;
}

/** A pipeline that cannot run, with every problem that the phase found. Code, hint and place are those of the first. */
export class ConfigError extends LeaderError {
  readonly diagnostics: readonly Diagnostic[];

  /** @param context the exception behind the problem, if there is one: its stack leads to the code of a plugin. */
  constructor(diagnostics: readonly [Diagnostic, ...Diagnostic[]], context: { readonly cause?: unknown } = {}) {
    const [first] = diagnostics;
    const description = { message: diagnostics.map(formatDiagnostic).join("\n\n"), hint: first.hint };
    super(first.code, description, { place: sourcePlace(first), ...context });
    this.name = "ConfigError";
    this.diagnostics = diagnostics;
  }
}

/** True for a `ConfigError` of any copy of this package. */
export function isConfigError(value: unknown): value is ConfigError {
  return value instanceof Error && value.name === "ConfigError" && "diagnostics" in value && Array.isArray(value.diagnostics);
}

/** The diagnostic of a coded error at a place. */
export function diagnose(error: LeaderError, path: readonly PropertyKey[], place: Place): Diagnostic {
  return { code: error.code, message: error.message, hint: error.hint, path: path.map(String).join("."), ...place };
}

/** Throws if the phase found anything. @param cause the exception behind the first problem, if there is one. */
export function stopOn(diagnostics: readonly [Diagnostic, ...Diagnostic[]], cause?: unknown): never;
export function stopOn(diagnostics: readonly Diagnostic[], cause?: unknown): void;
export function stopOn(diagnostics: readonly Diagnostic[], cause?: unknown): void {
  const [first, ...rest] = diagnostics;
  if (first !== undefined) throw new ConfigError([first, ...rest], { cause });
}

/** A diagnostic as people read it: place, code, message, frame, hint. */
export function formatDiagnostic(diagnostic: Diagnostic): string {
  const { file, line, column, code, message, hint, frame, path } = diagnostic;
  const place = line === undefined ? `${file}${path === "" ? "" : ` (${path})`}` : `${file}:${line}:${column ?? 1}`;
  return [`${place} ${code}: ${message}`, ...(frame === undefined ? [] : [frame]), `  hint: ${hint}`].join("\n");
}

function sourcePlace({ file, line, column, length }: Place): SourcePlace {
  return { file, ...defined({ line, column, length }) };
}
