import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { PipelineOptions } from "leader-restore";

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
  const manifest = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8")) as {
    readonly dependencies: Readonly<Record<string, string>>;
  };
  const names = [...Object.keys(manifest.dependencies).filter(isPlugin), ...optional];
  return {
    bundled: Object.fromEntries(names.flatMap((name) => located(name).map((url) => [name, { url }]))),
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
