import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import type { BundledPlugins, PipelineOptions } from "leader-restore";
import { checkoutFolder, ownFolder } from "./own-folder.js";

/** Dependencies of this package that hold stages. */
const isPlugin = (name: string): boolean => /^@leader\/(?:operators$|networks$|backend-|baseline-)/u.test(name);

/** What is offered where it is installed, but not installed by default: it is large. */
const optional: readonly string[] = ["@leader/backend-tfjs"];

/** The name under which pipelines, reports and results know the network that comes along, wherever it is installed. */
const photoPriorName = "@leader/prior-photo/prior.onnx";

/** The files that the command line brings along, by the names that pipelines give them. */
export async function bundledFiles(): Promise<Readonly<Record<string, string>>> {
  const { photoPriorUrl } = await import("@leader/prior-photo");
  return { [photoPriorName]: fileURLToPath(photoPriorUrl) };
}

/** The plugins that the command line brings along, its dependencies, and what a pipeline uses where it names nothing. */
export async function bundledOptions(): Promise<Pick<PipelineOptions, "bundled" | "defaults" | "files">> {
  const manifest = JSON.parse(readFileSync(join(ownFolder, "package.json"), "utf8")) as {
    readonly dependencies: Readonly<Record<string, string>>;
  };
  const names = [...Object.keys(manifest.dependencies).filter(isPlugin), ...optional];
  const released = names.flatMap((name) => located(name).map((url) => [name, { url }] as const));
  return {
    bundled: { ...workspaceBaselines(), ...Object.fromEntries(released) },
    defaults: {
      backend: { use: "@leader/backend-onnx#cpu" },
      denoiser: { use: "leader#onnx-file", with: { path: photoPriorName } },
    },
    files: await bundledFiles(),
  };
}

/** The entry of a package, if it is installed. */
function located(name: string): readonly string[] {
  try {
    return [import.meta.resolve(name)];
  } catch {
    return [];
  }
}

/**
 * In a checkout of this project, the built baselines by their folders: one that no release has brought along yet is part of the command
 * line too. Empty anywhere else.
 */
function workspaceBaselines(): BundledPlugins {
  const manifest = join(checkoutFolder, "package.json");
  if (!existsSync(manifest) || readName(manifest) !== "leader-workspace") return {};
  const folder = join(checkoutFolder, "packages/baselines");
  return Object.fromEntries(
    readdirSync(folder).flatMap((name) => {
      const [entry, own] = [join(folder, name, "dist/index.js"), join(folder, name, "package.json")];
      return existsSync(entry) && existsSync(own) ? [[readName(own), { url: pathToFileURL(entry).href }] as const] : [];
    }),
  );
}

const readName = (manifest: string): string => (JSON.parse(readFileSync(manifest, "utf8")) as { readonly name: string }).name;
