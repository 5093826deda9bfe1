/** Something to know about a plugin, told by the working process: its own standard error is nobody's to read. */
export interface WarningEvent {
  readonly type: "warning";
  readonly code: string;
  readonly message: string;
}

export type Warn = (code: string, message: string) => void;

/** Warnings as events of a task. */
export const warningTo =
  (emit: (event: WarningEvent) => void): Warn =>
  (code, message) =>
    emit({ type: "warning", code, message });

/** Shows the warnings among the events of a task. */
export function showWarnings(event: unknown): void {
  const { type, code, message } = event as Partial<WarningEvent>;
  if (type === "warning") process.stderr.write(`warning ${code ?? ""}: ${message ?? ""}\n`);
}
