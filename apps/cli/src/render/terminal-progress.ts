import type { PipelineEvent } from "@leader/core";
import cliProgress from "cli-progress";
import { ProgressMeter } from "leader-restore/supervision";
import { Doing, doingAfter } from "./doing.js";
import { readingLine } from "./reading.js";
import type { Progress } from "./shown-progress.js";
import { leftOfAll, timeText } from "./time-left.js";

const barOptions = {
  stream: process.stderr,
  format: "{file} {bar} step {value}/{total} · {remaining} · {evaluations} evaluations{uncertainty}",
  hideCursor: true,
  clearOnComplete: true,
  barsize: 24,
  fps: 8,
};

/** A bar with the time left, and a line that says what goes on while there is none. */
export const terminalProgress = (): Progress => new TerminalProgress();

class TerminalProgress implements Progress {
  readonly #bar = new cliProgress.SingleBar(barOptions);
  readonly #reading = readingLine();
  readonly #doing = new Doing((what) => {
    if (this.#running) this.#bar.update({ remaining: what });
    else this.#reading.say(`${this.#label}: ${what}`);
  });
  #meter = new ProgressMeter();
  #label = "";
  #steps = 1;
  /** Steps of the parts before this one. */
  #behind = 0;
  #running = false;

  begin(file: string, number: number, total: number, elapsedMs?: number): void {
    this.#label = total > 1 ? `[${number}/${total}${leftOfAll(number, total, elapsedMs)}] ${file}` : file;
    this.#meter = new ProgressMeter();
    this.#doing.end();
    this.#doing.broken();
    this.#doing.at("reading");
  }

  event(event: PipelineEvent): void {
    const what = doingAfter(event);
    if (what !== undefined) this.#doing.at(what);
    const { etaSeconds } = this.#meter.see(event) ?? {};
    if (event.type === "loading") {
      this.#reading.at(event.file, event.share);
      return;
    }
    if (event.type !== "set-up") this.#reading.end();
    if (event.type === "run-start") this.#start(event.maxSteps);
    else if (event.type === "part-start") {
      this.#behind = event.part * this.#steps;
      this.#bar.setTotal(event.parts * this.#steps);
      this.#bar.update(this.#behind);
    } else if (event.type === "step-end") this.#step(event, etaSeconds);
    else if (event.type === "warning") this.say(`warning ${event.code}: ${event.message}`);
    else if (event.type === "run-end") this.end();
  }

  say(line: string): void {
    this.end();
    process.stderr.write(`${line}\n`);
  }

  end(): void {
    this.#doing.end();
    this.#reading.end();
    if (this.#running) this.#bar.stop();
    this.#running = false;
  }

  #start(steps: number): void {
    this.#steps = steps;
    this.#behind = 0;
    this.#bar.start(steps, 0, this.#payload({}));
    this.#running = true;
  }

  #step({ step, evaluations, observed }: Extract<PipelineEvent, { type: "step-end" }>, etaSeconds: number | undefined): void {
    this.#doing.end();
    const { uncertainty } = observed;
    const shown = {
      remaining: etaSeconds === undefined ? "" : `${timeText(etaSeconds)} left`,
      evaluations,
      uncertainty: uncertainty === undefined ? "" : ` · U ${uncertainty.toPrecision(2)}`,
    };
    this.#bar.update(this.#behind + Math.min(this.#steps, step + 1), this.#payload(shown));
  }

  #payload(extra: object): object {
    return { file: this.#label, remaining: "setting up", evaluations: 0, uncertainty: "", ...extra };
  }
}
