import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline/promises";
import type { TaskName } from "leader-restore";
import { writeFileAtomically } from "leader-restore/supervision";
import { errors } from "../error-codes.js";
import { exitCodes } from "../exit-codes.js";
import { isStartingTask, startingPipeline, startingTasks } from "../init/starting-pipeline.js";
import { schemaFile } from "../modeline.js";
import { prepareFiles } from "../outputs.js";
import { makeOutput } from "../render/output.js";
import { schema } from "./schema.js";

interface InitOptions {
  readonly task?: string;
  readonly output: string;
  readonly json: boolean;
}

/** Writes a pipeline to start from, and the schema of pipelines beside it where there is none; returns the exit code. */
export async function init({ task, output: file, json }: InitOptions): Promise<number> {
  if (existsSync(file)) throw errors.INIT_EXISTS({ path: file });
  const chosen = task ?? (await askTask());
  if (!isStartingTask(chosen))
    throw errors.USAGE({ problem: `there is no task \`${chosen}\``, hint: `tasks are ${startingTasks.join(", ")}` });
  await prepareFiles([file]);
  await write(chosen, file);
  const output = makeOutput(json);
  output.record({ type: "init", file, task: chosen });
  output.text(`${file}: a pipeline to start from (${chosen}); check it: leader check -p ${file}`);
  const beside = join(dirname(file), schemaFile);
  if (existsSync(beside)) return exitCodes.ok;
  const code = await schema([], { output: beside, localPlugins: true });
  output.text(`${beside}: what editors complete it with; after adding plugins: leader schema -o ${beside}`);
  return code;
}

/** Never in place of a file that appeared meanwhile. */
const write = (task: TaskName, file: string): Promise<void> =>
  writeFileAtomically(file, startingPipeline(task, file), { overwrite: false });

/** Asks at a terminal; anywhere else the first task is taken. */
async function askTask(): Promise<string> {
  const [usual = ""] = startingTasks;
  if (!process.stdin.isTTY || !process.stdout.isTTY) return usual;
  const terminal = createInterface({ input: process.stdin, output: process.stdout });
  const answer = (await terminal.question(`What shall it do? ${startingTasks.join(", ")} [${usual}]: `)).trim();
  terminal.close();
  return answer === "" ? usual : answer;
}
