import { hostname } from "node:os";
import { partOf } from "../engines/array.js";
import { errors } from "../error-codes.js";
import { attempt } from "../engines/attempt.js";
import { queueOf } from "../engines/compute.js";
import { partKind, queuePackage } from "../engines/redis.js";
import { exitCodes } from "../exit-codes.js";
import { nextSignal } from "../next-signal.js";
import { optionalPackage } from "../optional-package.js";
import { mebibytes, wholeNumber } from "../options.js";
import { offered } from "./serve.js";
import { isLeaderError } from "@leader/graph/errors";
import { defined } from "@leader/graph/records";

export interface WorkerCommandOptions {
  readonly queue?: string;
  readonly storage?: string;
  readonly plugin: readonly string[];
  readonly file: readonly string[];
  readonly maxSeconds?: string;
  readonly maxMemory?: string;
  readonly concurrency: string;
  readonly lockSeconds: string;
}

/** What takes work from a queue. */
interface Taking {
  /** Takes nothing more, and finishes what was begun. Resolves to whether the queue was told. */
  readonly finish: () => Promise<boolean>;
}

/**
 * Takes parts of commands, or with `--storage` restorations, from a queue until a signal comes: then what was begun is finished, the rest
 * goes back to the queue, and the exit code is 0. A second signal stops at once. Nothing is computed in this process, so that its locks are
 * renewed whatever happens.
 */
export async function worker(options: WorkerCommandOptions): Promise<number> {
  const taking = options.storage === undefined ? await takeParts(options) : await takeRestorations(options, options.storage);
  process.stdout.write("ready\n");
  await nextSignal();
  say("finishing: what was begun is finished, the rest goes back; a second signal stops at once");
  void nextSignal().then(() => process.exit(exitCodes.terminated));
  if (!(await taking.finish())) say("the queue does not answer: what it was not told of is done again by others");
  // Connections that wait for a queue which has gone must not keep this process.
  process.exit(exitCodes.ok);
}

/** Restores for services. Such a worker runs no commands: whoever may use the service's queue gets pictures restored and nothing else. */
async function takeRestorations(options: WorkerCommandOptions, storage: string): Promise<Taking> {
  const { RestorationWorker } = await optionalPackage(
    () => import("@leader/server/worker"),
    (cause) => errors.SERVER_MISSING({}, { cause }),
  );
  const restorations = await RestorationWorker.start({
    redis: queueOf(options.queue),
    storage,
    concurrency: wholeNumber("--concurrency", options.concurrency, 1)!,
    lockSeconds: wholeNumber("--lock-seconds", options.lockSeconds, 1)!,
    onLine: say,
    ...defined({ seconds: wholeNumber("--max-seconds", options.maxSeconds, 1), memoryMiB: mebibytes("--max-memory", options.maxMemory) }),
    ...(await offered(options)),
  });
  return { finish: () => restorations.drain() };
}

async function takeParts(options: WorkerCommandOptions): Promise<Taking> {
  const { TaskRefused, TaskReturned, TaskWorker } = await queuePackage();
  const finishing = new AbortController();
  const part = async (payload: unknown, id: string, again: number, cancelled: AbortSignal): Promise<string> => {
    const { args, directory } = refusing(() => partOf(payload), TaskRefused);
    const name = id.slice(0, 8);
    say(`${name} begins${again === 0 ? "" : ` (try ${again + 1})`}: leader ${args.join(" ")}`);
    const onLine = (line: string): void => say(`${name} ${line}`);
    const end = await attempt(args, { directory, signal: cancelled, finishing: finishing.signal, onLine });
    say(`${name} ends: ${end.kind}`);
    if (end.kind === "returned") throw new TaskReturned();
    if (end.kind === "never") throw new TaskRefused(end.reason);
    if (end.kind === "again") throw new Error(end.reason);
    return hostname();
  };
  const taskWorker = await TaskWorker.start(queueOf(options.queue), {
    functions: { [partKind]: (payload, { id, attempt: before, signal }) => part(payload, id, before, signal) },
    concurrency: wholeNumber("--concurrency", options.concurrency, 1)!,
    lockSeconds: wholeNumber("--lock-seconds", options.lockSeconds, 1)!,
  });
  const finish = async (): Promise<boolean> => {
    finishing.abort();
    return await taskWorker.drain();
  };
  return { finish };
}

/** Turns a coded error into a refusal: the payload will be no better next time. */
function refusing<T>(body: () => T, Refused: new (message: string) => Error): T {
  try {
    return body();
  } catch (error) {
    throw isLeaderError(error) ? new Refused(error.message) : error;
  }
}

const say = (text: string): void => void process.stderr.write(`${text}\n`);
