import { resolve } from "node:path";
import { defined } from "@leader/graph/records";
import { readOrdinaryFile } from "leader-restore/supervision";
import type { ServiceOptions } from "@leader/server";
import { bundledOptions } from "../bundled.js";
import { errors } from "../error-codes.js";
import { exitCodes } from "../exit-codes.js";
import { nextSignal } from "../next-signal.js";
import { optionalPackage } from "../optional-package.js";
import { mebibytes, wholeNumber } from "../options.js";

export interface ServeOptions {
  readonly host: string;
  readonly port: string;
  readonly keys?: string;
  readonly allowHost: readonly string[];
  readonly plugin: readonly string[];
  readonly file: readonly string[];
  readonly queue?: string;
  readonly storage?: string;
  readonly minimum?: string;
  readonly maximum?: string;
  readonly recycleAfter?: string;
  readonly queueLength?: string;
  readonly maxBytes?: string;
  readonly maxPixels?: string;
  readonly maxSeconds?: string;
  readonly maxMemory?: string;
  readonly keepSeconds?: string;
  readonly drainSeconds?: string;
  readonly logLevel: string;
}

/** Runs the service until a signal comes, lets what runs finish, and returns the exit code. A second signal leaves at once. */
export async function serve(options: ServeOptions): Promise<number> {
  const { createService } = await optionalPackage(
    () => import("@leader/server"),
    (cause) => errors.SERVER_MISSING({}, { cause }),
  );
  const service = await createService(await serviceOptions(options));
  const signalled = nextSignal();
  try {
    process.stdout.write(`listening on ${await service.listen()}\n`);
    await signalled;
    process.stderr.write("stopping: running restorations finish, new ones are refused; a second signal leaves at once\n");
    void nextSignal().then(() => process.exit(exitCodes.terminated));
    await service.drain();
  } catch (error) {
    await service.close();
    throw error;
  }
  return exitCodes.ok;
}

async function serviceOptions(options: ServeOptions): Promise<ServiceOptions> {
  const numbers = {
    port: wholeNumber("--port", options.port),
    minimum: wholeNumber("--minimum", options.minimum),
    maximum: wholeNumber("--maximum", options.maximum, 1),
    recycleAfter: wholeNumber("--recycle-after", options.recycleAfter, 1),
    queue: wholeNumber("--queue-length", options.queueLength),
    bytes: wholeNumber("--max-bytes", options.maxBytes, 1),
    pixels: wholeNumber("--max-pixels", options.maxPixels, 1),
    seconds: wholeNumber("--max-seconds", options.maxSeconds, 1),
    memoryMiB: mebibytes("--max-memory", options.maxMemory),
    keepSeconds: wholeNumber("--keep-seconds", options.keepSeconds, 1),
    drainSeconds: wholeNumber("--drain-seconds", options.drainSeconds),
  };
  return {
    host: options.host,
    allowedHosts: [...options.allowHost],
    // What the service makes of a level that there is not, it says itself.
    logLevel: options.logLevel as NonNullable<ServiceOptions["logLevel"]>,
    ...(options.keys === undefined ? {} : { keys: await keysIn(options.keys) }),
    ...defined({ redis: queueIfStored(options), storage: options.storage }),
    ...defined(numbers),
    ...(await offered(options)),
  };
}

/** The variable that workers read says where the queue is, and not that a service must use it. */
const queueIfStored = ({ queue, storage }: ServeOptions): string | undefined =>
  queue ?? (storage === undefined ? undefined : process.env["LEADER_QUEUE"]);

/** What requests may name: the plugins and files that come along, and those that the command line offers. */
export async function offered({
  plugin,
  file,
}: Pick<ServeOptions, "plugin" | "file">): Promise<Pick<ServiceOptions, "plugins" | "bundled" | "defaults" | "files">> {
  const brought = await bundledOptions();
  return {
    ...(plugin.length === 0 ? {} : { plugins: plugin }),
    bundled: brought.bundled ?? {},
    defaults: brought.defaults ?? {},
    files: { ...brought.files, ...offeredFiles(file) },
  };
}

async function keysIn(path: string): Promise<string[]> {
  const lines = Buffer.from(await readOrdinaryFile(path, 2 ** 20))
    .toString("utf8")
    .split(/\r?\n/u);
  const keys = lines.map((line) => line.trim()).filter((line) => line !== "" && !line.startsWith("#"));
  if (keys.length === 0) throw errors.USAGE({ problem: `${path} holds no key`, hint: "write one key of at least 16 characters a line" });
  return keys;
}

function offeredFiles(texts: readonly string[]): Readonly<Record<string, string>> {
  return Object.fromEntries(
    texts.map((text) => {
      const at = text.indexOf("=");
      if (at < 1 || at === text.length - 1)
        throw errors.USAGE({
          problem: `--file takes NAME=PATH, received \`${text}\``,
          hint: "for example --file faces.onnx=/models/faces.onnx",
        });
      return [text.slice(0, at), resolve(text.slice(at + 1))] as const;
    }),
  );
}
