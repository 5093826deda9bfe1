import { availableParallelism } from "node:os";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import { photoPriorUrl } from "@leader/prior-photo";
import type { BundledPlugins, PipelineOptions } from "leader-restore";
import { z } from "zod";
import { errors } from "./error-codes.js";
import type { Equipment } from "./worker/protocol.js";

const count = (least: number) => z.int().min(least);

/** Settings of the service with their defaults. */
const settings = z.strictObject({
  host: z.string().min(1).default("127.0.0.1").describe("address to listen on"),
  port: z.int().min(0).max(65_535).default(8080).describe("port to listen on; 0: any free one"),
  keys: z.array(z.string().min(16)).default([]).describe("keys of which a request must bring one; none: everybody may ask"),
  allowedHosts: z.array(z.string()).default([]).describe("names beside the loopback ones by which the service is reached"),
  minimum: count(0).default(1).describe("computing processes that are started at once"),
  maximum: count(1)
    .default(Math.max(1, Math.floor(availableParallelism() / 2)))
    .describe("pictures that are restored side by side"),
  recycleAfter: count(1).default(500).describe("pictures after which a process is replaced by a fresh one"),
  queue: count(0).default(100).describe("restorations that wait"),
  bytes: count(1)
    .default(32 * 2 ** 20)
    .describe("bytes of one request"),
  pixels: count(1).default(4_000_000).describe("pixels of a picture, and of its result"),
  seconds: z.number().positive().default(600).describe("time of one restoration"),
  memoryMiB: z.number().positive().default(4096).describe("memory of one computing process"),
  storeBytes: count(1)
    .default(512 * 2 ** 20)
    .describe("bytes of pictures that wait and results that are kept"),
  keepSeconds: z.number().positive().default(900).describe("time that a result is kept"),
  requestSeconds: z.number().positive().default(30).describe("time in which a request must have arrived"),
  drainSeconds: z.number().min(0).default(60).describe("time that running restorations have to finish when the service is stopped"),
  redis: z.string().optional().describe("address of a Redis whose workers restore, in place of processes of this service"),
  storage: z.string().optional().describe("with `redis`: a folder, or s3://bucket/prefix, that services and workers share"),
  logLevel: z.enum(["silent", "error", "warn", "info", "debug"]).default("info"),
});

/** Settings of the service after defaults. */
export type Settings = z.output<typeof settings>;

/** How a service is made. */
export interface ServiceOptions extends z.input<typeof settings> {
  /** Names of the plugins that pipelines of requests may use. Default: those that come along, and the bundled ones. */
  readonly plugins?: readonly string[];
  /** Plugins that the application brings along. */
  readonly bundled?: BundledPlugins;
  /** Networks and other files that pipelines of requests may read, by the names that they have there. */
  readonly files?: Readonly<Record<string, string>>;
  /** What a pipeline uses where it names nothing. Default: the photograph prior, on the processor. */
  readonly defaults?: NonNullable<PipelineOptions["defaults"]>;
}

/** The name under which pipelines know the network that comes along. */
const photoPrior = "@leader/prior-photo/prior.onnx";

/** Checks settings and adds defaults. Errors: `OPTION`. */
export function settingsOf(options: ServiceOptions): { readonly settings: Settings; readonly equipment: Equipment } {
  const { plugins, bundled = {}, files = {}, defaults = {}, ...rest } = options;
  const checked = settings.safeParse(rest);
  if (!checked.success) throw errors.OPTION({ problem: checked.error.issues.map(describe).join("; ") });
  if ((checked.data.redis === undefined) !== (checked.data.storage === undefined))
    throw errors.OPTION({ problem: "`redis` and `storage` belong together: workers find pictures and leave results there" });
  if (checked.data.maximum < checked.data.minimum) throw errors.OPTION({ problem: "`maximum` is less than `minimum`" });
  return {
    settings: checked.data,
    equipment: {
      plugins: plugins ?? [...new Set([...pluginsOfHost(), ...Object.keys(bundled)])],
      bundled,
      files: { [photoPrior]: fileURLToPath(photoPriorUrl), ...files },
      defaults: {
        denoiser: { use: "leader#onnx-file", with: { path: photoPrior } },
        backend: { use: "@leader/backend-onnx#cpu" },
        ...defaults,
      },
    },
  };
}

const describe = ({ path, message }: z.core.$ZodIssue): string => `\`${path.join(".")}\`: ${message}`;

/** The plugins that the library brings along. */
function pluginsOfHost(): readonly string[] {
  const { dependencies } = createRequire(import.meta.url)("leader-restore/package.json") as {
    readonly dependencies: Readonly<Record<string, string>>;
  };
  return ["leader", ...Object.keys(dependencies).filter((name) => /^@leader\/(?:operators$|backend-|baseline-)/u.test(name))];
}
