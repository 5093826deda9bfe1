/** Entry of the computing process of a session: sets the stages up once, then restores what it is sent. */
import type { Aval, HostTensor } from "@leader/graph";
import { errors } from "../../error-codes.js";
import { readBlueprint, type PipelineSource } from "../config/blueprint.js";
import { Engine } from "../run/engine.js";
import { PreparedNoise } from "../run/prepared-noise.js";
import type { PipelineOptions, RestoreOptions } from "../types.js";
import { serve } from "./serve.js";

let engine: Engine | undefined;
const noise = new PreparedNoise();

serve(
  {
    open: async (
      { source, options, memoryMiB }: { readonly source: PipelineSource; readonly options: PipelineOptions; readonly memoryMiB: number },
      emit,
    ) => {
      engine = new Engine(await readBlueprint(source, options, emit), { noise, memoryMiB });
    },
    plan: async ({ measurement, options }: { readonly measurement: Aval; readonly options: Pick<RestoreOptions, "parts"> }) => {
      if (engine === undefined) throw errors.SESSION_CLOSED({ what: "plan" });
      return await engine.plan(measurement, options);
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
