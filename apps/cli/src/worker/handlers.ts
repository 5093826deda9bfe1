import { statSync } from "node:fs";
import { dirname, resolve } from "node:path";
import type { Aval } from "@leader/graph";
import { pipelineSchema, stagesOf, type Handlers, type LoadedPlugin, type Pipeline } from "leader-restore";
import type { OpenPipeline } from "./open-pipeline.js";
import type { PictureSize, PipelineFacts, PipelineOrigins, PluginListing, PluginRequest, Tasks } from "./tasks.js";
import type { CommandTasks } from "./command-tasks.js";
import { served, type TaskHandlers } from "./served.js";
import type { Ways } from "../telling/ways.js";

const imageOf = ({ height, width }: PictureSize): Aval => ({ shape: [1, 3, height, width], dtype: "float32" });

/** Whole commands; each loads what it needs when it is asked for. */
const commandTasks: TaskHandlers<CommandTasks> = {
  report: async (request, ways) => await (await import("./write-reports.js")).writeReports(request, ways),
  inspect: async (request, ways) => await (await import("./inspect-file.js")).inspectFile(request, ways),
  import: async (request, ways) => await (await import("./import-network.js")).importNetwork(request, ways),
  importLpips: async (request, ways) => await (await import("./import-lpips.js")).importLpips(request, ways),
  sample: async (request, ways) => await (await import("./draw-sample.js")).drawSample(request, ways),
  cache: async (action, ways) => (await import("./cache-action.js")).cacheAction(action, ways),
  lock: async (request, ways) => await (await import("./lock-file.js")).lockFile(request, ways),
  pluginCheck: async (request, ways) => await (await import("./check-plugin.js")).checkPlugin(request, ways),
};

/** The tasks of the command line, on the pipeline that is open. */
export function tasksOf(opened: OpenPipeline): TaskHandlers<Tasks> {
  let directory = ".";
  return {
    open: async (request, { emit }) => {
      directory = dirname(resolve(request.file));
      await opened.open(request, emit);
    },
    facts: () => Promise.resolve(factsOf(opened.pipeline, directory)),
    explain: () => Promise.resolve(originsOf(opened.pipeline)),
    compose: async () => (await import("./composed-text.js")).composedText(opened.pipeline, directory),
    check: async (size, { emit }) => {
      // What restores files is in memory before a picture is.
      await Promise.all([import("sharp"), import("./restore-file.js")]);
      return await opened.check(imageOf(size), emit);
    },
    graphs: (size) => opened.pipeline.graphs(imageOf(size)),
    // Each task loads what it needs when it is asked for.
    restore: async (job, ways) => await (await import("./restore-file.js")).restoreFile(opened, job, ways),
    degrade: async (job) => await (await import("./degrade-file.js")).degradeFile(opened.pipeline, job),
    demo: async (request, ways) => await (await import("../demo/run-demo.js")).runDemo(request, ways),
    gallery: async (request, ways) => await (await import("../demo/run-gallery.js")).runGallery(request, ways),
    pin: () => opened.pipeline.pin(),
    trace: async (request) => await (await import("./trace-result.js")).traceResult(request),
    difference: async (paths) => await (await import("./sample-difference.js")).sampleDifference(paths),
    ...commandTasks,
    plugins: async (request, { emit }) => (await loaded(request, emit)).map(listing),
    trial: async (request) => await (await import("./try-stage.js")).tryStage(request),
    schema: async (request, { emit }) => pipelineSchema((await loaded(request, emit)).map(({ plugin }) => plugin)),
  };
}

/** The same in the form that a working process serves. */
export const handlersOf = (opened: OpenPipeline): Handlers => served(tasksOf(opened));

function factsOf({ config, plugins, parents }: Pipeline, directory: string): PipelineFacts {
  const { seed, noise, samples = 1, meanOf = 1 } = config;
  const stages = stagesOf(config);
  const named = textsIn(stages).map((text) => resolve(directory, text));
  const files = [...new Set([...parents.map(({ file }) => file), ...named])].filter(isFile);
  return { seed, noise, samples, meanOf, stages, plugins, files };
}

const originsOf = (pipeline: Pipeline): PipelineOrigins => ({
  values: pipeline.explain(),
  params: pipeline.params,
  parents: pipeline.parents,
});

/** Every text in a tree of options. */
function textsIn(value: unknown): readonly string[] {
  if (typeof value === "string") return [value];
  return typeof value === "object" && value !== null ? Object.values(value).flatMap(textsIn) : [];
}

const isFile = (path: string): boolean => {
  try {
    return statSync(path).isFile();
  } catch {
    return false;
  }
};

async function loaded(request: PluginRequest, emit: Ways["emit"]): Promise<readonly LoadedPlugin[]> {
  const { loadPlugins } = await import("./load-plugins.js");
  return await loadPlugins(request, emit);
}

function listing({ name, version, apiVersion, path, origin, plugin }: LoadedPlugin): PluginListing {
  const stages = Object.entries(plugin.stages).map(([stage, { kind, summary, reference, requires = [] }]) => ({
    use: `${name}#${stage}`,
    kind,
    summary,
    reference,
    requires,
  }));
  return { name, version, apiVersion, path, origin, stages };
}
