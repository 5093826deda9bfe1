import type { FastifyBaseLogger, FastifyInstance, RawReplyDefaultExpression, RawRequestDefaultExpression, RawServerDefault } from "fastify";
import type { ZodTypeProvider } from "fastify-type-provider-zod";
import type { JobStore } from "../jobs/job-store.js";
import type { Runner } from "../jobs/runner.js";
import type { UploadFolder } from "../jobs/upload-folder.js";
import type { Metrics } from "../metrics.js";
import type { Settings } from "../options.js";
import type { Access } from "./access.js";
import type { EventStreams } from "./events.js";

/** The application with schemas of zod. */
export type App = FastifyInstance<
  RawServerDefault,
  RawRequestDefaultExpression,
  RawReplyDefaultExpression,
  FastifyBaseLogger,
  ZodTypeProvider
>;

/** What the routes share. */
export interface Context {
  readonly settings: Settings;
  readonly runner: Runner;
  readonly store: JobStore;
  readonly uploads: UploadFolder;
  readonly access: Access;
  readonly streams: EventStreams;
  readonly metrics: Metrics;
  readonly version: string;
  /** The schema of pipelines of the allowed plugins; made once. */
  schema(): Promise<unknown>;
  /** Whether the service takes no more restorations. */
  draining(): boolean;
}
