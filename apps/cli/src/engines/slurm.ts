import { execFile } from "node:child_process";
import { readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { promisify } from "node:util";
import { isRecord } from "@leader/graph/records";
import { makeFolders, writeFileAtomically } from "leader-restore/supervision";
import { errors } from "../error-codes.js";
import type { TaskArray, TaskOutcome } from "./array.js";
import { quoted } from "./shell-word.js";

const run = promisify(execFile);

/** Milliseconds between two questions to Slurm; sites ask for few. */
const lookMs = 5000;
/** Seconds before the end of its time at which a part is told to finish what it began. */
const warningSeconds = 120;
/** Parts side by side unless it is said. */
const usualThrottle = 32;

/** Settings of computing by Slurm. */
export interface SlurmOptions {
  /** Folder for the script and for what the parts print. */
  readonly folder: string;
  readonly workers: number | undefined;
  /** Options of `sbatch`, by their long names. */
  readonly options: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
  readonly say: (text: string) => void;
}

/**
 * The batch script of an array. A part that another try may help (exit code 75) and one whose time is over (SIGUSR1, after which it
 * finishes what it began and ends with 75) is put back by `scontrol requeue`, addressed as one element of the array.
 */
export function slurmScript({ args, directory, tasks }: TaskArray, { folder, workers = usualThrottle, options }: SlurmPlan): string {
  const command = [process.execPath, process.argv[1]!, ...args].map(quoted).join(" ");
  const settings = {
    "job-name": "leader",
    array: `1-${tasks}%${workers}`,
    output: join(folder, "part-%a.log"),
    "open-mode": "append",
    signal: `B:USR1@${warningSeconds}`,
    ...options,
  };
  const lines = Object.entries(settings).map(([name, value]) => `#SBATCH --${name}=${value}`);
  return [
    "#!/bin/bash",
    ...lines,
    "#SBATCH --requeue",
    `cd ${quoted(directory)} || exit 75`,
    `${command} --shard "$SLURM_ARRAY_TASK_ID/${tasks}" &`,
    "part=$!",
    "trap 'kill -USR1 \"$part\"' USR1",
    "trap 'kill -TERM \"$part\"' TERM",
    // `wait` returns early when a trap runs; the part is over when it is gone.
    'wait "$part"; code=$?',
    'while kill -0 "$part" 2>/dev/null; do wait "$part"; code=$?; done',
    'if [ "$code" -eq 75 ] && [ "${SLURM_RESTART_COUNT:-0}" -lt 20 ]; then',
    '  scontrol requeue "${SLURM_ARRAY_JOB_ID}_${SLURM_ARRAY_TASK_ID}"',
    "  sleep 60",
    "fi",
    `echo "$code" > ${quoted(folder)}/part-"$SLURM_ARRAY_TASK_ID".code`,
    'exit "$code"',
    "",
  ].join("\n");
}

type SlurmPlan = Pick<SlurmOptions, "folder" | "options"> & { readonly workers?: number | undefined };

/** Submits the parts as one array and waits for it. Errors: `ENGINE_MISSING`, `ENGINE_REFUSED`, `ENGINE_LEFT` when `signal` aborts. */
export async function runOnSlurm(array: TaskArray, options: SlurmOptions): Promise<readonly TaskOutcome[]> {
  const { folder, signal, say } = options;
  await makeFolders(folder);
  const script = join(folder, "array.sh");
  await writeFileAtomically(script, slurmScript(array, options));
  for (const task of numbersOf(array)) await rm(codeFile(folder, task), { force: true });
  const job = await submit(script);
  say(`submitted as job ${job}; \`scancel ${job}\` ends it, and the same command finds what is done`);
  while (await isQueued(job)) {
    await pause(lookMs, undefined, { signal }).catch(() => undefined);
    if (signal.aborted) throw errors.ENGINE_LEFT({ job });
  }
  return await Promise.all(numbersOf(array).map((task) => outcomeOf(folder, task)));
}

const numbersOf = ({ tasks }: TaskArray): readonly number[] => Array.from({ length: tasks }, (_, i) => i + 1);

/** Where a part leaves its exit code. */
const codeFile = (folder: string, task: number): string => join(folder, `part-${task}.code`);

async function submit(script: string): Promise<string> {
  try {
    const { stdout } = await run("sbatch", ["--parsable", script]);
    return stdout.trim().split(";")[0]!;
  } catch (cause) {
    if (isRecord(cause) && cause["code"] === "ENOENT") throw errors.ENGINE_MISSING({ program: "sbatch", script }, { cause });
    throw errors.ENGINE_REFUSED({ program: "sbatch", problem: saidBy(cause) }, { cause });
  }
}

/** What a program wrote to standard error before it failed, or why it could not be run. */
const saidBy = (error: unknown): string =>
  isRecord(error) && typeof error["stderr"] === "string" ? error["stderr"].trim() : String(error);

/** Whether any part waits or runs. A question that fails is asked again: the controller may be busy. */
async function isQueued(job: string): Promise<boolean> {
  try {
    const { stdout } = await run("squeue", ["--noheader", "--jobs", job, "--format", "%i"]);
    return stdout.trim() !== "";
  } catch (error) {
    // A job that is over is forgotten after a while.
    return !/invalid job id/iu.test(saidBy(error));
  }
}

async function outcomeOf(folder: string, task: number): Promise<TaskOutcome> {
  const code = await readFile(codeFile(folder, task), "utf8").catch(() => "");
  const ok = ["0", "1"].includes(code.trim());
  return ok ? { task, ok } : { task, ok, reason: `ended with ${code.trim() || "no exit code"}: see ${join(folder, `part-${task}.log`)}` };
}
