import type { PipelineEvent } from "@leader/core";
import { readingLine, readingLines } from "./reading.js";

/** Shows how a batch goes. Everything goes to standard error, so that standard output stays for results. */
export interface Progress {
  /** A file begins, `elapsedMs` after the first. */
  begin(file: string, number: number, total: number, elapsedMs?: number): void;
  event(event: PipelineEvent): void;
  /** A line above the bar. */
  say(line: string): void;
  end(): void;
}

type Kind = "terminal" | "lines" | "silent";

/** A bar with the time left on a terminal, one line per file otherwise. */
export async function makeProgress(kind: Kind): Promise<Progress> {
  if (kind === "terminal") return await terminalProgress();
  return lineProgress(kind === "lines" ? (line) => process.stderr.write(`${line}\n`) : () => undefined);
}

function lineProgress(write: (line: string) => void): Progress {
  const reading = readingLines(write);
  return {
    begin: (file, number, total, elapsedMs) => {
      write(`[${number}/${total}] ${file}${leftOfAll(number, total, elapsedMs)}`);
    },
    event: (event) => {
      if (event.type === "loading") reading.at(event.file, event.share);
      else if (event.type === "warning") write(`warning ${event.code}: ${event.message}`);
    },
    say: write,
    end: () => undefined,
  };
}

const barOptions = {
  stream: process.stderr,
  format: "{file} {bar} step {value}/{total} · {remaining} · {evaluations} evaluations{uncertainty}",
  hideCursor: true,
  clearOnComplete: true,
  barsize: 24,
  fps: 8,
};

async function terminalProgress(): Promise<Progress> {
  const { default: cliProgress } = await import("cli-progress");
  const bar = new cliProgress.SingleBar(barOptions);
  let label = "";
  let started = 0;
  let steps = 1;
  /** Steps of the parts before this one. */
  let behind = 0;
  let running = false;
  const reading = readingLine();
  const stop = (): void => {
    reading.end();
    if (running) bar.stop();
    running = false;
  };
  const payload = (extra: object): object => ({ file: label, remaining: "compiling", evaluations: 0, uncertainty: "", ...extra });
  return {
    begin(file, number, total, elapsedMs) {
      label = total > 1 ? `[${number}/${total}${leftOfAll(number, total, elapsedMs)}] ${file}` : file;
    },
    event(event) {
      if (event.type === "loading") {
        reading.at(event.file, event.share);
        return;
      }
      reading.end();
      if (event.type === "run-start") {
        started = performance.now();
        steps = event.maxSteps;
        behind = 0;
        bar.start(steps, 0, payload({}));
        running = true;
      } else if (event.type === "part-start") {
        behind = event.part * steps;
        bar.setTotal(event.parts * steps);
        bar.update(behind);
      } else if (event.type === "step-end") {
        const { uncertainty } = event.observed;
        const done = behind + Math.min(steps, event.step + 1);
        bar.update(
          done,
          payload({
            remaining: `${remainingTime(performance.now() - started, done, bar.getTotal())} left`,
            evaluations: event.evaluations,
            uncertainty: uncertainty === undefined ? "" : ` · U ${uncertainty.toPrecision(2)}`,
          }),
        );
      } else if (event.type === "warning") {
        stop();
        process.stderr.write(`warning ${event.code}: ${event.message}\n`);
      } else if (event.type === "run-end") stop();
    },
    say(line) {
      stop();
      process.stderr.write(`${line}\n`);
    },
    end: stop,
  };
}

/** Time left for all files, once one is done. */
const leftOfAll = (number: number, total: number, elapsedMs: number | undefined): string =>
  elapsedMs === undefined ? "" : ` · ${remainingTime(elapsedMs, number - 1, total)} left in all`;

/** Time left at the present pace, as people say it. */
export function remainingTime(elapsedMs: number, done: number, total: number): string {
  const seconds = Math.round(((elapsedMs / done) * Math.max(0, total - done)) / 1000);
  return seconds < 90 ? `${seconds} s` : `${Math.round(seconds / 60)} min`;
}
