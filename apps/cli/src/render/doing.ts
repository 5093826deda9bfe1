import type { PipelineEvent } from "@leader/core";

/** Milliseconds of silence after which it is said what goes on, and after which it is said that it still does. */
const [firstMs, againMs] = [2000, 30_000];

/** Says what a command is doing once nothing has been said for a while: to set up a large picture may take minutes. */
export class Doing {
  readonly #show: (what: string) => void;
  #what: string | undefined;
  #since = 0;
  #said = performance.now();
  #saidOf: string | undefined;
  #timer: NodeJS.Timeout | undefined;

  /** @param show is given what goes on, and for how long where that is long */
  constructor(show: (what: string) => void) {
    this.#show = show;
  }

  /**
   * From here on this goes on.
   * @param quietMs milliseconds of silence after which it is said
   */
  at(what: string, quietMs = firstMs): void {
    if (what !== this.#what) this.#since = performance.now();
    this.#what = what;
    this.#wait(this.#said + quietMs);
  }

  /** Something else was said. */
  broken(): void {
    this.#said = performance.now();
    if (this.#what !== undefined) this.#wait(this.#said + firstMs);
  }

  end(): void {
    clearTimeout(this.#timer);
    this.#what = undefined;
    this.#saidOf = undefined;
  }

  #wait(until: number): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#say(), Math.max(0, until - performance.now()));
    // It must not keep the program.
    this.#timer.unref();
  }

  #say(): void {
    if (this.#what === undefined) return;
    const seconds = Math.round((performance.now() - this.#since) / 1000);
    this.#show(this.#saidOf === this.#what ? `${this.#what}, for ${seconds} s` : this.#what);
    this.#saidOf = this.#what;
    this.#said = performance.now();
    this.#wait(this.#said + againMs);
  }
}

type SetUp = Extract<PipelineEvent, { type: "set-up" }>["of"];

const setUps: Readonly<Record<SetUp, string>> = {
  stages: "setting up the stages",
  operator: "setting up the operator for this size",
  graphs: "tracing the graphs for this size",
  runtime: "compiling the graphs",
};

/** Which draw of a picture, and which of its parts. */
export function partText({ part, parts, draws = 1 }: Extract<PipelineEvent, { type: "part-start" }>): string {
  const each = parts / draws;
  const ofDraw = `part ${(part % each) + 1} of ${each}`;
  if (draws === 1) return ofDraw;
  const draw = `draw ${Math.floor(part / each) + 1} of ${draws}`;
  return each === 1 ? draw : `${draw}, ${ofDraw}`;
}

/** What goes on after an event; nothing where it tells nothing of that. */
export function doingAfter(event: PipelineEvent): string | undefined {
  switch (event.type) {
    case "set-up":
      return setUps[event.of];
    case "graph-compile":
      return setUps.runtime;
    case "part-start":
      return partText(event);
    case "step-start":
      return event.step === 0 ? "computing the first step" : undefined;
    case "run-end":
      return "writing the result";
    default:
      return undefined;
  }
}
