/** Entry of the computing processes of the service: pipelines, pictures and networks are read and computed with here. */
import {
  decodePicture,
  encodePicture,
  PluginLoader,
  pipelineSchema,
  recordTextIn,
  resultPicture,
  serve,
  type JsonSchema,
} from "leader-restore";
import { defined } from "@leader/graph";
import { inspect } from "./inspect.js";
import { OpenPipelines } from "./open-pipelines.js";
import type { Conversion, Equipment, Questions } from "./protocol.js";
import { restore } from "./restore.js";

let equipment: Equipment | undefined;
let opened: OpenPipelines | undefined;

const pipelines = (): OpenPipelines => {
  if (opened === undefined) throw new Error("the process was not equipped");
  return opened;
};

async function convert({ picture, format }: Conversion): Promise<Uint8Array> {
  const decoded = await decodePicture(picture, "the result");
  const record = await recordTextIn(picture, "the result");
  const { tensor, options } = resultPicture(decoded.tensor, decoded, defined({ record }));
  return await encodePicture(format, tensor, options);
}

async function schema(): Promise<JsonSchema> {
  const { plugins = [], bundled = {} } = equipment ?? {};
  const loader = new PluginLoader({ directory: process.cwd(), bundled, localPlugins: false, plugins });
  const loaded = await Promise.all(plugins.map((name) => loader.load(name, false)));
  return pipelineSchema(loaded.map(({ plugin }) => plugin));
}

type Handler<K extends keyof Questions> = (
  argument: Questions[K][0],
  emit: (event: unknown) => void,
  signal: AbortSignal,
) => Promise<Questions[K][1]>;

const handlers: { readonly [K in keyof Questions]: Handler<K> } = {
  equip: (given) => {
    equipment = given;
    opened = new OpenPipelines(given);
    return Promise.resolve(undefined);
  },
  inspect: (inspection) => inspect(pipelines(), inspection),
  restore: (job, emit, signal) => restore(pipelines(), job, emit, signal),
  convert,
  schema,
};

serve(handlers, async () => opened?.[Symbol.asyncDispose]());
