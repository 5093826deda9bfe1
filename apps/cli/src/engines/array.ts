import { createHash } from "node:crypto";
import { isRecord } from "@leader/graph/records";
import { errors } from "../error-codes.js";

/** A command line of this program in numbered parts: part i of n is the same command with `--shard i/n`. */
export interface TaskArray {
  /** Arguments of `leader`, without those that say where to compute. */
  readonly args: readonly string[];
  /** The folder that relative paths are meant from. */
  readonly directory: string;
  readonly tasks: number;
}

/** What a finished part tells. */
export interface TaskOutcome {
  /** From 1. */
  readonly task: number;
  readonly ok: boolean;
  /** Why it failed for good. */
  readonly reason?: string;
}

/** Commands that may be divided, and so be given to workers. Each does what is missing, and nothing twice. */
export const divisibleCommands: readonly string[] = ["bench", "restore"];

/** Arguments of part `task` (from 1). */
export const partArguments = ({ args, tasks }: Pick<TaskArray, "args" | "tasks">, task: number): readonly string[] => [
  ...args,
  "--shard",
  `${task}/${tasks}`,
];

/** A name for a part that is the same wherever it is asked for. */
export function partId({ args, directory, tasks }: TaskArray, task: number): string {
  return createHash("sha256")
    .update(JSON.stringify([args, directory, tasks, task]))
    .digest("hex")
    .slice(0, 40);
}

/** Options that say where to compute; each takes a value. */
const ownOptions: ReadonlySet<string> = new Set(["--engine", "--queue", "--tasks", "--workers", "--engine-option"]);

/** The arguments of this program, without its own options. */
export function dividedArguments(argv: readonly string[]): readonly string[] {
  const args: string[] = [];
  for (let i = 0; i < argv.length; i++) {
    const [name] = argv[i]!.split("=", 1);
    if (!ownOptions.has(name!)) args.push(argv[i]!);
    else if (name === argv[i]) i++;
  }
  return args;
}

/** What a worker was sent. Errors: `TASK_REFUSED` for anything but a part of a divisible command. */
export function partOf(payload: unknown): { readonly args: readonly string[]; readonly directory: string } {
  const { args, directory } = isRecord(payload) ? payload : {};
  const texts = Array.isArray(args) && args.every((arg): arg is string => typeof arg === "string") ? args : undefined;
  if (texts === undefined || typeof directory !== "string") throw errors.TASK_REFUSED({ problem: "it is no command line" });
  if (!divisibleCommands.includes(texts[0]!)) throw errors.TASK_REFUSED({ problem: `\`${texts[0]!}\` is no command for workers` });
  return { args: texts, directory };
}
