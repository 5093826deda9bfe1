import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, resolve } from "node:path";

interface Manifest {
  readonly name?: string;
  readonly keywords?: readonly string[];
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

/**
 * The plugins that the project in or above a folder depends on, found by their keyword `leader-plugin`, and the project itself if it is one.
 * Only manifests are read; a package that is not installed, or not built, is left out.
 */
export function installedPlugins(folder: string): readonly string[] {
  const file = nearestManifest(resolve(folder));
  const project = file === undefined ? undefined : readManifest(file);
  if (file === undefined || project === undefined) return [];
  const require = createRequire(file);
  const named = Object.keys({ ...project.dependencies, ...project.devDependencies, ...project.optionalDependencies });
  const found = named.filter((name) => isPlugin(manifestOf(require, name)));
  const own = project.name !== undefined && isPlugin(project) ? [project.name] : [];
  return [...new Set([...own, ...found])].filter((name) => entryOf(require, name)).sort();
}

const isPlugin = (manifest: Manifest | undefined): boolean =>
  Array.isArray(manifest?.keywords) && manifest.keywords.includes("leader-plugin");

function nearestManifest(folder: string): string | undefined {
  for (let at = folder; ; at = dirname(at)) {
    const file = join(at, "package.json");
    if (existsSync(file)) return file;
    if (at === dirname(at)) return undefined;
  }
}

function readManifest(file: string): Manifest | undefined {
  try {
    const value: unknown = JSON.parse(readFileSync(file, "utf8"));
    return typeof value === "object" && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}

function manifestOf(require: NodeJS.Require, name: string): Manifest | undefined {
  try {
    return readManifest(require.resolve(`${name}/package.json`));
  } catch {
    // It hides its manifest, as no plugin may, or is not installed.
    return undefined;
  }
}

function entryOf(require: NodeJS.Require, name: string): boolean {
  try {
    return existsSync(require.resolve(name));
  } catch {
    return false;
  }
}
