import { fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import { fault, remark, type Finding } from "./finding.js";
import type { InspectedStage, Inspection } from "./import-child.js";
import type { PluginManifest } from "./manifest.js";

/** Seconds after which an import is ended. */
const importSeconds = 40;

interface Imported {
  readonly findings: readonly Finding[];
  readonly stages: readonly InspectedStage[];
}

/** Imports a plugin in a process of its own, so that nothing that it does can reach this one. */
export async function importFindings(folder: string, entry: string, manifest: PluginManifest): Promise<Imported> {
  const { inspection, output } = await inspected(folder, entry);
  const said =
    output === "" ? [] : [fault(`importing it writes: ${output.split("\n")[0]!}`, "importing a plugin must do nothing but define it")];
  if (inspection === undefined)
    return {
      findings: [fault("importing it did not end, or ended the process", "importing a plugin must do nothing but define it"), ...said],
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

async function inspected(folder: string, entry: string): Promise<{ readonly inspection: Inspection | undefined; readonly output: string }> {
  const child = fork(fileURLToPath(new URL("./import-child.js", import.meta.url)), [entry], {
    cwd: folder,
    stdio: ["ignore", "pipe", "pipe", "ipc"],
    execArgv: [],
  });
  let inspection: Inspection | undefined;
  let output = "";
  for (const stream of [child.stdout, child.stderr]) stream?.setEncoding("utf8").on("data", (text: string) => (output += text));
  child.on("message", (message) => (inspection = message as Inspection));
  const timer = setTimeout(() => child.kill("SIGKILL"), 1000 * importSeconds);
  await new Promise<void>((resolve) => child.once("close", () => resolve()).once("error", () => resolve()));
  clearTimeout(timer);
  return { inspection, output: output.trim() };
}
