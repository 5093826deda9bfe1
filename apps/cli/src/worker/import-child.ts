/** Entry of a process that imports one plugin and tells what it is and what its import changed. */
import { jsonSchemaOf, PluginLoader, serve, type JsonSchema } from "leader-restore";
import { isLeaderError } from "@leader/graph/errors";
import { keysOf, memberOf } from "@leader/graph/records";
import { served } from "./served.js";

/** A stage as data. */
export interface InspectedStage {
  readonly name: string;
  readonly kind: string;
  readonly summary: string;
  readonly reference: string | undefined;
  readonly requires: readonly string[];
  /** Absent if the schema library cannot tell. */
  readonly options: JsonSchema | undefined;
  /** True if a key that no schema knows is accepted. */
  readonly lax: boolean;
}

/** What an import showed. */
export type Inspection =
  | { readonly error: { readonly message: string; readonly hint: string } }
  | {
      readonly plugin: { readonly name: string; readonly version: string; readonly apiVersion: string };
      readonly stages: readonly InspectedStage[];
      /** What the import left behind, in words. */
      readonly sideEffects: readonly string[];
    };

interface Surroundings {
  readonly "a global": readonly string[];
  readonly "a listener of the process": readonly string[];
  readonly "an environment variable": readonly string[];
  readonly "something that keeps the process alive": readonly string[];
}

const surroundings = (): Surroundings => ({
  "a global": Object.getOwnPropertyNames(globalThis),
  "a listener of the process": process
    .eventNames()
    .flatMap((name) => Array.from({ length: process.listenerCount(name) }, (_, i) => `${String(name)} ${i + 1}`)),
  "an environment variable": Object.entries(process.env).map(([name, value]) => `${name}=${value ?? ""}`),
  "something that keeps the process alive": counted(process.getActiveResourcesInfo()),
});

/** Equal names told apart by number. */
function counted(names: readonly string[]): readonly string[] {
  const seen = new Map<string, number>();
  return names.map((name) => {
    const count = (seen.get(name) ?? 0) + 1;
    seen.set(name, count);
    return `${name} ${count}`;
  });
}

/** What the process can be asked. */
export interface ImportTasks {
  /** @param argument the folder that the plugin is imported from, as its author would, and its entry */
  inspect: [argument: { readonly folder: string; readonly entry: string }, result: Inspection];
}

async function inspect({ folder: place, entry }: ImportTasks["inspect"][0]): Promise<Inspection> {
  process.chdir(place);
  const loader = new PluginLoader({ directory: process.cwd(), importSeconds: 20 });
  const [before, folder] = [surroundings(), process.cwd()];
  try {
    const { plugin } = await loader.load(entry, true);
    const after = surroundings();
    const sideEffects = keysOf(before).flatMap((what) =>
      after[what]
        .filter((name) => !before[what].includes(name) && !/^(?:Timeout|PipeWrap|Immediate)/u.test(name))
        .map((name) => `${what}: ${name}`),
    );
    const timers =
      after["something that keeps the process alive"].filter((name) => name.startsWith("Timeout")).length >
      before["something that keeps the process alive"].filter((name) => name.startsWith("Timeout")).length;
    const stages = await Promise.all(
      Object.entries(plugin.stages).map(async ([name, { kind, summary, reference, requires = [], options }]): Promise<InspectedStage> => {
        const { issues } = await options["~standard"].validate({ surelyUnknownKey: 1 });
        return {
          name,
          kind,
          summary,
          reference,
          requires,
          options: jsonSchemaOf(options),
          lax: !JSON.stringify(issues ?? []).includes("surelyUnknownKey"),
        };
      }),
    );
    return {
      plugin: { name: plugin.name, version: plugin.version, apiVersion: plugin.apiVersion },
      stages,
      sideEffects: [...sideEffects, ...(timers ? ["a timer"] : []), ...(process.cwd() === folder ? [] : ["another working directory"])],
    };
  } catch (error) {
    // Whoever ends the process leaves nothing to tell of.
    if (memberOf(error, "code") === "LEADER_PROCESS_LEFT") throw error;
    return { error: { message: error instanceof Error ? error.message : String(error), hint: isLeaderError(error) ? error.hint : "" } };
  }
}

serve(served({ inspect }), () => Promise.resolve());
