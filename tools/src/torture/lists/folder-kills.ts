import { setTimeout as sleep } from "node:timers/promises";
import { isRecord } from "@leader/graph/records";
import fc from "fast-check";
import { requireCoded, runCli, RunningCli } from "../cli/run-cli.js";
import { contentsOf, requireSame, WorkFolder, type Contents } from "../cli/work-folder.js";
import type { TortureList } from "../torture-list.js";

interface Case {
  /** The pictures are restored in parts, or whole. */
  readonly parts: boolean;
  readonly pictures: number;
  /** Milliseconds from the first finished step of a run to its kill, for each run that is killed. */
  readonly kills: readonly number[];
}

const steps = 4;
const setup = { side: 300, steps, backend: "@leader/backend-onnx#cpu" } as const;
const command = ({ parts }: Case, output: string): readonly string[] => {
  const way = parts ? ["--parts", "192"] : ["--parts", "off"];
  return ["restore", "-p", "p.yaml", "in", "-o", output, "--json", ...way];
};

/** What a run did, by the lines that it wrote. */
interface Attempt {
  readonly begun: number;
  readonly steps: number;
  /** Results that it announced. */
  readonly results: readonly string[];
  readonly killed: boolean;
}

function attemptOf(stdout: string, killed: boolean): Attempt {
  // A kill leaves half a line.
  const records = stdout
    .split("\n")
    .slice(0, -1)
    .map((line): unknown => JSON.parse(line))
    .filter(isRecord);
  const of = (type: string): typeof records => records.filter((record) => record["type"] === type);
  return { begun: of("run-start").length, steps: of("step-end").length, results: of("result").map(({ output }) => String(output)), killed };
}

async function attempt(folder: WorkFolder, one: Case, killAfter: number | undefined): Promise<Attempt> {
  const running = new RunningCli(command(one, "out"), { cwd: folder.path });
  if (killAfter !== undefined) {
    await running.said(/"step-end"/u);
    await sleep(killAfter);
    // The whole group, as a machine that dies.
    running.signal("SIGKILL", true);
  }
  const end = await running.end();
  await running.requireGone();
  if (end.signal !== "SIGKILL") requireCoded(end, [0]);
  return attemptOf(end.stdout, end.signal === "SIGKILL");
}

/** Results that the journal knows to be finished. */
function finishedIn(contents: Contents): ReadonlySet<string> {
  const journal = contents.get(".leader-journal.jsonl")?.toString("utf8") ?? "";
  return new Set([...journal.matchAll(/"output":"([^"]+)","sha256"/gu)].map(([, output]) => `out/${output}`));
}

/** Errors: a run that did again what the journal had as finished. */
function requireNothingTwice({ begun, results }: Attempt, finished: ReadonlySet<string>, pictures: number): void {
  const again = results.filter((result) => finished.has(result));
  if (again.length > 0) throw new Error(`made again: ${again.join(", ")}`);
  if (begun > pictures - finished.size) throw new Error(`${begun} pictures begun where ${pictures - finished.size} were left`);
}

/** A folder whose restoration is killed again and again, and goes on each time. */
export function folderKills(): TortureList<Case> {
  const times = (count: number): readonly number[] => Array.from({ length: count }, (_, i) => (i * 211) % 700);
  return {
    name: "folder-kills",
    promise:
      "a folder that is killed again and again ends with the bytes of an undisturbed one; nothing is done twice but what was in flight",
    cases: { quick: 1, full: 4 },
    examples: [
      { parts: true, pictures: 2, kills: times(2) },
      { parts: true, pictures: 12, kills: times(20) },
      { parts: false, pictures: 12, kills: times(20) },
    ],
    generator: fc.record({
      parts: fc.boolean(),
      pictures: fc.constant(12),
      kills: fc.array(fc.integer({ min: 0, max: 1000 }), { minLength: 20, maxLength: 20 }),
    }),
    async check(one) {
      const { parts, pictures } = one;
      const folder = await WorkFolder.make({ ...setup, pictures });
      try {
        const undisturbed = await runCli(command(one, "whole"), { cwd: folder.path });
        requireCoded(undisturbed, [0]);
        const least = attemptOf(undisturbed.stdout, false).steps;
        const runs: Attempt[] = [];
        for (const killAfter of [...one.kills, undefined]) {
          const finished = finishedIn(await contentsOf(folder.at("out"), true));
          runs.push(await attempt(folder, one, killAfter));
          requireNothingTwice(runs.at(-1)!, finished, pictures);
        }
        requireFinished(await contentsOf(folder.at("out"), true), await contentsOf(folder.at("whole"), true));
        const killed = runs.filter((run) => run.killed).length;
        const done = runs.reduce((sum, run) => sum + run.steps, 0);
        // In flight are the steps of one part, or of one picture as a whole.
        if (done > least + killed * steps) throw new Error(`${done} steps where ${least} and ${killed} kills of at most ${steps} were due`);
        const kind = parts ? "in parts" : "whole";
        return [...Array<string>(killed).fill(`${kind}: killed`), ...Array<string>(done - least).fill(`${kind}: step done twice`)];
      } finally {
        await folder.remove();
      }
    },
  };
}

/** Errors: a folder that is not, but for its journal, the undisturbed one to the byte, hidden files included. */
function requireFinished(found: Contents, expected: Contents): void {
  const [ours, theirs] = [found, expected].map((contents) => new Map([...contents].filter(([name]) => name !== ".leader-journal.jsonl")));
  requireSame(ours!, theirs!, "after the last run");
  if (ours!.size !== theirs!.size) throw new Error(`${ours!.size} of ${theirs!.size} files are there`);
}
