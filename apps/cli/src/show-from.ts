import { reportFailure } from "./failure.js";
import { makeProgress } from "./render/progress.js";
import { ask } from "./worker/ask.js";
import type { Tasks } from "./worker/tasks.js";
import { hear } from "./telling/teller.js";

/** Has a task of a program without options of its own done in a working process, and shows what it tells. Returns the exit code. */
export async function showFrom<K extends "demo" | "gallery">(task: K, request: Tasks[K][0]): Promise<number> {
  try {
    const progress = await makeProgress(process.stderr.isTTY ? "terminal" : "silent");
    return await ask({}, async (workplace, { signal }) => {
      await workplace.do(task, request, { signal, onEvent: hear(progress) });
      return 0;
    });
  } catch (error) {
    return reportFailure(error, false);
  }
}
