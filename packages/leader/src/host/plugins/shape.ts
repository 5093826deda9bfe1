import type { AnyStage, Plugin, StageKind } from "@leader/core";

const kinds: Readonly<Record<StageKind, true>> = {
  operator: true,
  denoiser: true,
  baseline: true,
  wrapper: true,
  uncertainty: true,
  modulator: true,
  scheduler: true,
  backend: true,
};

type Unknown = Readonly<Record<string, unknown>>;

const isObject = (value: unknown): value is Unknown => typeof value === "object" && value !== null;

/** What keeps a module's default export from being a plugin, or undefined. Accessors that throw count as well. */
export function problemOfPlugin(value: unknown): string | undefined {
  try {
    if (!isObject(value)) return `its default export is ${value === undefined ? "missing" : `a ${typeof value}`}, not a plugin object`;
    for (const key of ["apiVersion", "name", "version"]) if (typeof value[key] !== "string") return `its \`${key}\` is not a text`;
    if (!isObject(value["stages"])) return "it has no `stages`";
    for (const [name, stage] of Object.entries(value["stages"])) {
      const problem = problemOfStage(stage);
      if (problem !== undefined) return `stage \`${name}\`: ${problem}`;
    }
    return undefined;
  } catch (error) {
    return `reading it throws ${String(error)}`;
  }
}

/** What keeps a value from being a stage record, or undefined. */
export function problemOfStage(stage: unknown): string | undefined {
  if (!isObject(stage)) return "it is not an object";
  const { kind, summary, options, create, requires } = stage;
  if (typeof kind !== "string" || !Object.hasOwn(kinds, kind))
    return `its \`kind\` is ${JSON.stringify(kind)}, not one of ${Object.keys(kinds).join(", ")}`;
  if (typeof summary !== "string") return "it has no `summary`";
  const standard: unknown =
    (typeof options === "object" && options !== null) || typeof options === "function" ? Reflect.get(options, "~standard") : undefined;
  if (!isObject(standard) || typeof standard["validate"] !== "function") return "its `options` is not a Standard Schema";
  if (typeof create !== "function") return "it has no `create` function";
  if (requires !== undefined && !(Array.isArray(requires) && requires.every((r) => typeof r === "string")))
    return "its `requires` is not a list of names";
  return undefined;
}

/** True if the value is a stage record. */
export const isStage = (value: unknown): value is AnyStage => problemOfStage(value) === undefined;

/** True if the value is a plugin object. */
export const isPlugin = (value: unknown): value is Plugin => problemOfPlugin(value) === undefined;
