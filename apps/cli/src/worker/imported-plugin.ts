import { builtEntry } from "../own-folder.js";
import { openPlace } from "./place.js";
import { fault, remark, type Finding } from "../plugin-check/finding.js";
import type { ImportTasks, InspectedStage, Inspection } from "./import-child.js";
import type { PluginManifest } from "../plugin-check/manifest.js";

/** Seconds of its own after which an import is ended: longer than the plugin loader waits for one that does not block. */
const importSeconds = 30;

interface Imported {
  readonly findings: readonly Finding[];
  readonly stages: readonly InspectedStage[];
}

/** Imports a plugin in a supervised process of its own, so that nothing that it does can reach this one. Errors: the reason of the signal. */
export async function importFindings(
  folder: string,
  entry: string,
  manifest: PluginManifest,
  signal: AbortSignal | undefined,
): Promise<Imported> {
  const { inspection, problem, output } = await inspected(folder, entry, signal);
  const said =
    output === "" ? [] : [fault(`importing it writes: ${output.split("\n")[0]!}`, "importing a plugin must do nothing but define it")];
  if (inspection === undefined)
    return {
      findings: [
        fault(`importing it did not end, or ended the process: ${problem}`, "importing a plugin must do nothing but define it"),
        ...said,
      ],
      stages: [],
    };
  if ("error" in inspection) return { findings: [fault(inspection.error.message, inspection.error.hint), ...said], stages: [] };
  const { plugin, stages, sideEffects } = inspection;
  const told = { name: manifest.name, version: manifest.version, apiVersion: manifest.leader?.apiVersion };
  const differences = (["name", "version", "apiVersion"] as const)
    .filter((key) => plugin[key] !== told[key])
    .map((key) => fault(`\`${key}\` is ${plugin[key]} in the code and ${told[key] ?? "absent"} in package.json`, "make the two equal"));
  const effects = sideEffects.map((what) => fault(`importing it leaves ${what}`, "importing a plugin must do nothing but define it"));
  const none = stages.length === 0 ? [fault("it has no stages", "define at least one")] : [];
  return { findings: [...said, ...differences, ...effects, ...none, ...stages.flatMap(stageFindings)], stages };
}

function stageFindings(stage: InspectedStage): readonly Finding[] {
  const { name, summary, reference, options, lax } = stage;
  const findings = [
    !/^[a-z0-9]+(?:-[a-z0-9]+)*$/u.test(name) &&
      fault(`the stage name \`${name}\` is not kebab-case`, "use lower-case letters, digits and hyphens"),
    !/^\S.{9,158}\S$/u.test(summary) &&
      fault(`stage \`${name}\`: its summary has not between 11 and 160 characters in one line`, "say in one line what it is for"),
    reference === undefined && remark(`stage \`${name}\` names no reference`, "name the paper or the documentation"),
    lax &&
      fault(
        `stage \`${name}\` accepts options that it does not know`,
        "use a strict schema (z.strictObject): a misspelt option must be an error",
      ),
  ];
  const properties = (options?.["properties"] ?? {}) as Readonly<Record<string, { readonly description?: unknown }>>;
  const undescribed = Object.entries(properties).filter(([, { description }]) => typeof description !== "string" || description === "");
  return [
    ...findings.filter((finding): finding is Finding => finding !== false),
    ...undescribed.map(([option]) =>
      fault(`stage \`${name}\`: the option \`${option}\` is not described`, "describe it (`.describe(...)`): editors show it"),
    ),
  ];
}

/** What the import showed, or why it showed nothing, and what it wrote. */
interface Inspected {
  readonly inspection: Inspection | undefined;
  readonly problem: string;
  readonly output: string;
}

async function inspected(folder: string, entry: string, signal: AbortSignal | undefined): Promise<Inspected> {
  const place = openPlace<ImportTasks>({ entry: builtEntry("worker/import-child.js") });
  const lines: string[] = [];
  const onOutput = (_stream: string, line: string): void => void lines.push(line);
  let [inspection, problem]: [Inspection | undefined, string] = [undefined, ""];
  try {
    inspection = await place.do("inspect", { folder, entry }, { ownSeconds: importSeconds, onOutput, signal });
  } catch (error) {
    signal?.throwIfAborted();
    problem = error instanceof Error ? error.message : String(error);
  } finally {
    // What it wrote last arrives until it has ended.
    await place[Symbol.asyncDispose]();
  }
  return { inspection, problem, output: lines.join("\n") };
}
