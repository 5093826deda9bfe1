import { createRequire } from "node:module";
import { Once } from "@leader/graph";
import type { FastifyServerOptions } from "fastify";
import { errors } from "./error-codes.js";
import { Access } from "./http/access.js";
import { makeApp } from "./http/app.js";
import { Connections } from "./http/connections.js";
import type { App, Context } from "./http/context.js";
import { EventStreams } from "./http/events.js";
import { JobStore } from "./jobs/job-store.js";
import { LocalRunner } from "./jobs/local-runner.js";
import type { Runner } from "./jobs/runner.js";
import { UploadFolder } from "./jobs/upload-folder.js";
import { Metrics } from "./metrics.js";
import { queuePackage } from "./queue/queue-package.js";
import { QueueRunner } from "./queue/queue-runner.js";
import { restorationQueue } from "./queue/restoration-task.js";
import { openStorage } from "./storage/open-storage.js";
import type { Equipment } from "./worker/protocol.js";
import { settingsOf, type ServiceOptions, type Settings } from "./options.js";

/** Milliseconds between two looks whether running restorations have finished. */
const drainLookMs = 50;

/** A restoration service. */
export interface Service extends AsyncDisposable {
  /** The Fastify application, to be extended or tried with `inject`. */
  readonly app: App;
  /** Starts the computing processes and listens; resolves to the address. Errors: `LISTEN`, `CHILD_UNAVAILABLE`. */
  listen(): Promise<string>;
  /** Takes no more restorations, waits for those that it has (at most `drainSeconds`), and closes. */
  drain(): Promise<void>;
  /** Cancels what runs and ends everything. */
  close(): Promise<void>;
}

/** Makes a service; nothing is started before `listen`. Errors: `OPTION`; with `redis` those of the queue and `STORAGE`. */
export async function createService(options: ServiceOptions = {}): Promise<Service> {
  const { settings, equipment } = settingsOf(options);
  const runner = await runnerOf(settings, equipment);
  const store = new JobStore({ bytes: settings.storeBytes, keepSeconds: settings.keepSeconds });
  let draining = false;
  const schema = new Once(() => runner.ask("schema", undefined));
  const context: Context = {
    settings,
    runner,
    store,
    uploads: new UploadFolder(),
    access: new Access(settings),
    streams: new EventStreams(),
    metrics: new Metrics(runner, store),
    version: versionOfPackage(),
    schema: () => schema.get(),
    draining: () => draining,
  };
  const app = await makeApp(context, loggerOf(settings));
  const connections = new Connections(app.server);
  const close = async (): Promise<void> => {
    draining = true;
    if (!runner.durable) for (const job of store.pending) job.cancel();
    await connections.close(app);
    await runner.close();
    context.uploads[Symbol.dispose]();
    store[Symbol.dispose]();
  };
  return {
    app,
    listen: () => listen(app, runner, settings),
    drain: async () => {
      draining = true;
      const end = performance.now() + 1000 * settings.drainSeconds;
      while (!runner.durable && store.pending.length > 0 && performance.now() < end)
        await new Promise((resolve) => setTimeout(resolve, drainLookMs));
      await close();
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}

async function runnerOf(settings: Settings, equipment: Equipment): Promise<Runner> {
  const { redis, storage: address } = settings;
  if (redis === undefined || address === undefined) return new LocalRunner(settings, equipment);
  const { Dispatcher } = await queuePackage();
  const storage = await openStorage(address);
  const dispatcher = await Dispatcher.open(redis, restorationQueue);
  return new QueueRunner({ settings, equipment, version: versionOfPackage(), dispatcher, storage });
}

async function listen(app: App, runner: Runner, { host, port }: Settings): Promise<string> {
  await runner.start();
  try {
    return await app.listen({ host, port });
  } catch (error) {
    throw errors.LISTEN({ host, port, problem: error instanceof Error ? error.message : String(error) }, { cause: error });
  }
}

/** Structured lines on standard error, so that standard output is left to the program. Keys are not written. */
function loggerOf({ logLevel }: Settings): FastifyServerOptions["logger"] {
  if (logLevel === "silent") return false;
  return { level: logLevel, redact: ["req.headers.authorization", 'req.headers["x-api-key"]'], stream: process.stderr };
}

function versionOfPackage(): string {
  return (createRequire(import.meta.url)("@leader/server/package.json") as { readonly version: string }).version;
}
