import { ProgressMeter } from "leader-restore/supervision";
import { Doing, doingAfter, partText } from "./doing.js";
import { readingLines } from "./reading.js";
import type { Progress } from "./shown-progress.js";
import { leftOfAll, timeText } from "./time-left.js";

export type { Progress };

type Kind = "terminal" | "lines" | "silent";

/** A bar with the time left on a terminal, one line per file otherwise. */
export async function makeProgress(kind: Kind): Promise<Progress> {
  if (kind === "terminal") {
    const { terminalProgress } = await import("./terminal-progress.js");
    return terminalProgress();
  }
  return lineProgress(kind === "lines" ? (line) => process.stderr.write(`${line}\n`) : () => undefined);
}

/** Milliseconds between two lines about the steps of a picture. */
const stepLinesMs = 30_000;

/** One line for each file, and for what takes long. */
export function lineProgress(write: (line: string) => void): Progress {
  let label = "";
  let meter = new ProgressMeter();
  let part = "";
  let estimated = false;
  const doing = new Doing((what) => write(`${label}: ${what}`));
  const say = (line: string): void => {
    write(line);
    doing.broken();
  };
  const reading = readingLines(say);
  return {
    begin: (file, number, total, elapsedMs) => {
      [label, part, estimated, meter] = [file, "", false, new ProgressMeter()];
      doing.end();
      say(`[${number}/${total}] ${file}${leftOfAll(number, total, elapsedMs)}`);
      doing.at("reading");
    },
    event: (event) => {
      const what = doingAfter(event);
      if (what !== undefined) doing.at(what);
      const { etaSeconds, step, maxSteps } = meter.see(event) ?? {};
      if (event.type === "part-start") part = `${partText(event)}, `;
      else if (event.type === "loading") reading.at(event.file, event.share);
      else if (event.type === "warning") say(`warning ${event.code}: ${event.message}`);
      else if (event.type === "step-end" && etaSeconds !== undefined) {
        doing.at(`${part}step ${step} of at most ${maxSteps}, about ${timeText(etaSeconds)} left`, estimated ? stepLinesMs : undefined);
        estimated = true;
      }
    },
    say,
    end: () => doing.end(),
  };
}
