import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { readOrdinaryFile } from "leader-restore/supervision";
import { errors } from "../error-codes.js";
import { fault, remark, type Finding } from "./finding.js";

/** What is read of a plugin's package.json. */
export interface PluginManifest {
  readonly name?: string;
  readonly version?: string;
  readonly type?: string;
  readonly license?: string;
  readonly keywords?: readonly string[];
  readonly leader?: { readonly apiVersion?: string };
  readonly exports?: Readonly<Record<string, string | Readonly<Record<string, string>>>>;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
  readonly repository?: unknown;
}

/** Reads the manifest of a folder. Errors: usage, if there is none; those of `readOrdinaryFile`. */
export async function readManifest(folder: string): Promise<PluginManifest> {
  const file = join(folder, "package.json");
  if (!existsSync(file)) throw errors.USAGE({ problem: `${file} does not exist`, hint: "give the folder of a plugin package" });
  const bytes = await readOrdinaryFile(file);
  try {
    return JSON.parse(Buffer.from(bytes).toString("utf8")) as PluginManifest;
  } catch (error) {
    throw errors.USAGE({ problem: `${file} is not JSON: ${String(error)}`, hint: "correct the file" });
  }
}

/** The built entry that `exports` names, or undefined. */
export function entryOf(folder: string, { exports = {} }: PluginManifest): string | undefined {
  const main = exports["."];
  const path = typeof main === "string" ? main : main?.["default"];
  return path === undefined ? undefined : resolve(folder, path);
}

/** What the conventions say about a manifest and the files beside it. */
export function manifestFindings(folder: string, manifest: PluginManifest): readonly Finding[] {
  const { name = "", keywords = [], leader, dependencies = {}, peerDependencies = {} } = manifest;
  const main = manifest.exports?.["."];
  const findings = [
    !keywords.includes("leader-plugin") &&
      fault("the keyword `leader-plugin` is missing", 'add "keywords": ["leader-plugin"], by which plugins are found'),
    leader?.apiVersion === undefined &&
      fault("the plugin API version is not stated", 'add "leader": { "apiVersion": "1.0" }, which is read before any of your code runs'),
    manifest.type !== "module" && fault("the package is not an ES module", 'add "type": "module"'),
    main === undefined && fault("`exports` has no entry `.`", 'add "exports": { ".": { "types": ..., "default": ... } }'),
    typeof main === "object" &&
      main["default"] === undefined &&
      fault(
        "the entry `.` of `exports` has no `default`",
        "name the file under `default`: the host does not see conditions such as `import`",
      ),
    typeof main === "object" &&
      main["types"] === undefined &&
      remark("the entry `.` of `exports` has no `types`", "name the declarations under `types`, first"),
    manifest.exports?.["./package.json"] === undefined && fault("`exports` hides package.json", 'add "./package.json": "./package.json"'),
    peerDependencies["@leader/core"] === undefined &&
      fault("@leader/core is not a peer dependency", "move it there: two copies of the contract hide version differences"),
    dependencies["@leader/core"] !== undefined && fault("@leader/core is a dependency", "make it a peer dependency only"),
    peerDependencies["@leader/core"] !== undefined &&
      /^\d/u.test(peerDependencies["@leader/core"]) &&
      fault("the peer range of @leader/core is one exact version", "use a caret range"),
    dependencies["leader-restore"] !== undefined && fault("the plugin depends on the host", "depend on @leader/core only"),
    !/leader/u.test(name) &&
      remark(`the name ${name} does not tell that this is a LEADer plugin`, "names such as @you/leader-flash are found by search"),
    manifest.license === undefined && remark("no licence is stated", 'add "license", and a LICENSE file'),
    manifest.repository === undefined && remark("no repository is stated", 'add "repository"'),
    !existsSync(join(folder, "README.md")) && remark("there is no README.md", "write one with a pipeline that uses the plugin"),
  ];
  return findings.filter((finding): finding is Finding => finding !== false);
}
