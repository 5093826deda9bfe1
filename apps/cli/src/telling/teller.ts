import type { PipelineEvent } from "@leader/core";
import type { Progress } from "../render/progress.js";

/** What a long task says while it runs, to be shown by the program that people talk to. */
type Told =
  | { readonly type: "told"; readonly as: "text" | "aside"; readonly line: string }
  | { readonly type: "told"; readonly as: "begin"; readonly file: string; readonly number: number; readonly total: number }
  | { readonly type: "told"; readonly as: "end" }
  | { readonly type: "told"; readonly as: "event"; readonly event: PipelineEvent };

/** Milliseconds between two signs of life of a task that has nothing to say. */
const signOfLifeMs = 10_000;

/** Where a task in a working process says things. */
export class Teller implements Progress {
  readonly #emit: (told: Told | { readonly type: "working" }) => void;
  #shown = 0;

  constructor(emit: (event: unknown) => void) {
    this.#emit = emit;
  }

  text(line: string): void {
    this.#emit({ type: "told", as: "text", line });
  }

  /** Not a part of the results. */
  say(line: string): void {
    this.#emit({ type: "told", as: "aside", line });
  }

  begin(file: string, number: number, total: number): void {
    this.#emit({ type: "told", as: "begin", file, number, total });
  }

  event(event: PipelineEvent): void {
    this.#emit({ type: "told", as: "event", event });
  }

  end(): void {
    this.#emit({ type: "told", as: "end" });
  }

  /** A sign that work goes on, of which few are passed on. */
  working(): void {
    const now = performance.now();
    if (now - this.#shown < signOfLifeMs) return;
    this.#shown = now;
    this.#emit({ type: "working" });
  }
}

/** Shows what a task tells. */
export const hear =
  (progress: Progress) =>
  (event: unknown): void => {
    if (!isTold(event)) return;
    switch (event.as) {
      case "text":
        process.stdout.write(`${event.line}\n`);
        return;
      case "aside":
        process.stderr.write(`${event.line}\n`);
        return;
      case "begin":
        progress.begin(event.file, event.number, event.total);
        return;
      case "event":
        progress.event(event.event);
        return;
      case "end":
        progress.end();
        return;
      default:
        event satisfies never;
    }
  };

// Both ends of one installation agree on what is told.
const isTold = (event: unknown): event is Told => typeof event === "object" && event !== null && "type" in event && event.type === "told";
