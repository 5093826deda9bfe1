import { isRecord, memberOf } from "@leader/graph/records";
import type { SessionLimits } from "leader-restore/supervision";
import { makeOutput, type Output } from "../render/output.js";
import { makeReading, type Reading } from "../render/reading.js";
import { ask } from "./ask.js";
import type { CommandTasks } from "./command-tasks.js";

/**
 * Has the work of a whole command done in a working process, and writes what it says. Whatever a file holds, this process stays small and
 * answers signals. Returns the exit code. Errors: those of the task.
 */
export async function elsewhere<K extends keyof CommandTasks>(
  task: K,
  argument: CommandTasks[K][0],
  json: boolean,
  limits: SessionLimits = {},
): Promise<number> {
  const output = makeOutput(json);
  const reading = makeReading(json);
  return await ask({ limits }, async (workplace, { signal }) => {
    const onEvent = (event: unknown): void => show(event, output, reading);
    return await workplace.do(task, argument, { signal, onEvent }).finally(() => reading.end());
  });
}

function show(event: unknown, output: Output, reading: Reading): void {
  const type = memberOf(event, "type");
  const [text, record, file, share] = ["text", "record", "file", "share"].map((name) => memberOf(event, name));
  if (type === "loading" && typeof file === "string") reading.at(file, typeof share === "number" ? share : undefined);
  if (type !== "said") return;
  reading.end();
  if (typeof text === "string") output.text(text);
  else if (isRecord(record)) output.record(record);
}
