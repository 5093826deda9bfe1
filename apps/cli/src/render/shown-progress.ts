import type { PipelineEvent } from "@leader/core";

/** Shows how a batch goes. Everything goes to standard error, so that standard output stays for results. */
export interface Progress {
  /** A file begins, `elapsedMs` after the first. */
  begin(file: string, number: number, total: number, elapsedMs?: number): void;
  event(event: PipelineEvent): void;
  /** A line above the bar. */
  say(line: string): void;
  end(): void;
}
