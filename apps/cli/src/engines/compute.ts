import { availableParallelism } from "node:os";
import { join, resolve } from "node:path";
import { defaultMemoryMiB, writeFileAtomically } from "leader-restore/supervision";
import { defined } from "@leader/graph/records";
import { errors } from "../error-codes.js";
import { exitCodes } from "../exit-codes.js";
import type { Interruption } from "../interruption.js";
import { mebibytes, wholeNumber } from "../options.js";
import { dividedArguments, type TaskArray, type TaskOutcome } from "./array.js";
import { runLocally } from "./local.js";
import { runOnQueue } from "./redis.js";
import { shareOf } from "./side-by-side.js";
import { runOnSlurm } from "./slurm.js";

/** Options of the commands whose work can be divided. */
export interface EngineOptions {
  readonly engine?: string;
  readonly queue?: string;
  readonly tasks?: string;
  readonly workers?: string;
  readonly maxMemory?: string;
  readonly engineOption?: readonly string[];
  readonly shard?: string;
}

const engines = ["local", "redis", "slurm", "kubernetes"] as const;
type EngineName = (typeof engines)[number];

/** Seconds that a part should last: long enough that starting it costs little, short enough that losing it does. */
const partSeconds = 420;
/** Seconds that a unit is taken to need where none was measured. */
const assumedSeconds = 20;

/** What is to be divided. */
export interface Work {
  /** Pieces that are not done yet. */
  readonly units: number;
  /** Seconds of one, as measured before. */
  readonly secondsPerUnit?: number | undefined;
  /** Arguments that parts need beside those of the command. */
  readonly partArgs?: readonly string[];
  /** Folder of the results, where scripts and manifests go. */
  readonly output: string;
}

/**
 * Computes the parts of this command line where `--engine` says. Returns an exit code if the command is to end here, since parts
 * failed or are still to be computed; undefined if all are done. Errors: `USAGE`, `ENGINE_OPTION`, those of the engine.
 */
export async function compute(options: EngineOptions, work: Work, interruption: Interruption): Promise<number | undefined> {
  const engine = engineOf(options);
  const array: TaskArray = {
    args: [...dividedArguments(process.argv.slice(2)), ...(work.partArgs ?? [])],
    directory: process.cwd(),
    tasks: wholeNumber("--tasks", options.tasks, 1) ?? tasksOf(work),
  };
  const workers = wholeNumber("--workers", options.workers, 1);
  say(`${work.units} to do, in ${array.tasks} part(s) by ${engine}`);
  if (engine === "kubernetes") return await writeManifest(array, options, work, workers);
  const outcomes = await run(engine, array, { options, work, workers, interruption });
  if (interruption.exitCode !== undefined) return interruption.exitCode;
  const failed = outcomes.filter(({ ok }) => !ok);
  return failed.length === 0 ? undefined : exitCodes.temporary;
}

interface Run {
  readonly options: EngineOptions;
  readonly work: Work;
  readonly workers: number | undefined;
  readonly interruption: Interruption;
}

async function run(engine: Exclude<EngineName, "kubernetes">, array: TaskArray, { options, work, workers, interruption }: Run) {
  const { signal } = interruption;
  let ended = 0;
  const onEnd = ({ task, ok, reason = "" }: TaskOutcome): void => {
    ended++;
    say(`[${ended}/${array.tasks}] part ${task} ${ok ? "done" : `failed: ${reason}`}`);
  };
  switch (engine) {
    case "local": {
      const machine = { processors: availableParallelism(), memoryMiB: defaultMemoryMiB() };
      const stated = defined({ workers, memoryMiB: mebibytes("--max-memory", options.maxMemory) });
      const share = shareOf(machine, array.tasks, stated);
      const memory = stated.memoryMiB === undefined ? ["--max-memory", String(share.memoryMiB)] : [];
      const onLine = (task: number, line: string): void => say(`${task}: ${line}`);
      return await runLocally({ ...array, args: [...array.args, ...memory] }, { workers: share.workers, signal, onEnd, onLine });
    }
    case "redis":
      return await runOnQueue(array, { queue: queueOf(options.queue), signal, onEnd });
    case "slurm": {
      const folder = resolve(work.output, "slurm");
      const outcomes = await runOnSlurm(array, { folder, workers, options: pairsOf(options.engineOption), signal, say });
      for (const outcome of outcomes) onEnd(outcome);
      return outcomes;
    }
  }
}

async function writeManifest(array: TaskArray, options: EngineOptions, { output }: Work, workers: number | undefined): Promise<number> {
  const { kubernetesJob, kubernetesOptions } = await import("./kubernetes.js");
  const pairs = pairsOf(options.engineOption);
  const unknown = Object.keys(pairs).find((name) => !kubernetesOptions.includes(name));
  if (unknown !== undefined)
    throw errors.ENGINE_OPTION({ problem: `\`${unknown}\` is unknown`, hint: `there are ${kubernetesOptions.join(", ")}` });
  const path = join(output, "job.yaml");
  await writeFileAtomically(path, kubernetesJob(array, pairs, workers));
  process.stdout.write(`${path}\n`);
  say("`kubectl apply -f` it; when it is complete, the same command without --engine finds everything done");
  return exitCodes.ok;
}

/** Errors: `USAGE` */
function engineOf({ engine, shard }: EngineOptions): EngineName {
  const name = engines.find((each) => each === engine);
  if (name === undefined)
    throw errors.USAGE({
      problem: `--engine takes ${engines.join(", ")}, received \`${engine ?? ""}\``,
      hint: "for example --engine local",
    });
  if (shard !== undefined)
    throw errors.USAGE({
      problem: "--engine and --shard exclude each other",
      hint: "an engine divides the work itself: leave --shard out",
    });
  return name;
}

/** The address of the queue; the environment may keep it, since it may hold a password. Errors: `USAGE`. */
export function queueOf(text: string | undefined): string {
  const queue = text ?? process.env["LEADER_QUEUE"];
  if (queue !== undefined) return queue;
  throw errors.USAGE({ problem: "no queue is named", hint: "write --queue redis://host:6379, or set LEADER_QUEUE" });
}

/** `name=value` texts. Errors: `ENGINE_OPTION`. */
function pairsOf(texts: readonly string[] = []): Readonly<Record<string, string>> {
  return Object.fromEntries(
    texts.map((text) => {
      const at = text.indexOf("=");
      if (at < 1)
        throw errors.ENGINE_OPTION({ problem: `\`${text}\` is not name=value`, hint: "for example --engine-option partition=gpu" });
      return [text.slice(0, at), text.slice(at + 1)] as const;
    }),
  );
}

/** Parts of about `partSeconds`, no more than there are units. */
const tasksOf = ({ units, secondsPerUnit = assumedSeconds }: Work): number =>
  Math.max(1, Math.min(units, Math.ceil((units * secondsPerUnit) / partSeconds)));

const say = (text: string): void => void process.stderr.write(`${text}\n`);
