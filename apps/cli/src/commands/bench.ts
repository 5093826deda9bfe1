import { makeOutput } from "../render/output.js";
import { ask } from "../worker/ask.js";
import type { BenchCommandOptions } from "../bench/bench-request.js";
import { hear } from "../telling/teller.js";

/** Runs what is missing of a bench in a working process, and makes its tables when nothing is. Returns the exit code. */
export const bench = async (options: BenchCommandOptions): Promise<number> =>
  await ask({}, (workplace, { signal, finish }) =>
    workplace.do("bench", options, { signal, finish, onEvent: hear(makeOutput(options.json)) }),
  );
