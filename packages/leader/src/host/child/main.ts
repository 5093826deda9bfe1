/** Entry of the computing process of a session: sets the stages up once, then restores what it is sent. */
import type { Aval, HostTensor } from "@leader/graph";
import { errors } from "../../error-codes.js";
import { readBlueprint, type PipelineSource } from "../config/blueprint.js";
import { Engine } from "../run/engine.js";
import { PreparedNoise } from "../run/prepared-noise.js";
import type { PipelineOptions, RestoreOptions, RestoreWay } from "../types.js";
import { serve } from "./serve.js";
import { hashOf } from "../config/freeze.js";

interface OpenRequest {
  readonly source: PipelineSource;
  readonly options: PipelineOptions;
  /** Of the configuration that the parent read from the same source. */
  readonly configHash: string;
  /** Resident memory that this process may use. */
  readonly memoryMiB: number;
}

interface PlanRequest {
  readonly measurement: Aval;
  readonly options: RestoreWay;
}

let engine: Engine | undefined;
const noise = new PreparedNoise();

serve(
  {
    open: async ({ source, options, configHash, memoryMiB }: OpenRequest, emit) => {
      const blueprint = await readBlueprint(source, options, emit);
      const received = hashOf(blueprint.config);
      if (received !== configHash) throw errors.CHILD_CONFIG({ expected: configHash, received });
      engine = new Engine(blueprint, { noise, memoryMiB, sends: true });
    },
    plan: async ({ measurement, options }: PlanRequest, emit) => {
      if (engine === undefined) throw errors.SESSION_CLOSED({ what: "plan" });
      return await engine.plan(measurement, options, emit);
    },
    imageFor: async (measurement: Aval) => {
      if (engine === undefined) throw errors.SESSION_CLOSED({ what: "imageFor" });
      return await engine.imageFor(measurement);
    },
    restore: async ({ y, options }: { readonly y: HostTensor; readonly options: Omit<RestoreOptions, "signal"> }, emit, signal) => {
      if (engine === undefined) throw errors.SESSION_CLOSED({ what: "restore" });
      return await engine.restore(y, { ...options, signal }, emit);
    },
  },
  async () => {
    await engine?.[Symbol.asyncDispose]();
    noise[Symbol.dispose]();
  },
);
