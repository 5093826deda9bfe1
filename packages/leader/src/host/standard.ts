import { createRequire } from "node:module";
import { pathToFileURL, fileURLToPath } from "node:url";
import type { StageReference } from "./envelope.js";

/** The package of the prior that a pipeline uses where it names no denoiser. */
export const standardPrior = "@leader/prior-photo";

/** The name under which pipelines, reports and results know its network, wherever it is installed. */
const standardFile = `${standardPrior}/prior.onnx`;

/** The network of that prior by its name; nothing if it was left out of an installation. */
export async function standardFiles(): Promise<Readonly<Record<string, string>>> {
  const path = resolveDependency(standardPrior);
  if (path === undefined) return {};
  const { photoPriorUrl } = (await import(pathToFileURL(path).href)) as { readonly photoPriorUrl: URL };
  return { [standardFile]: fileURLToPath(photoPriorUrl) };
}

/** The denoiser of a pipeline that names none: the small prior for photographs, which comes along with this package; undefined without it. */
export const standardDenoiser = (files: Readonly<Record<string, string>>): StageReference | undefined =>
  Object.hasOwn(files, standardFile) ? { use: "leader#onnx-file", with: { path: standardFile } } : undefined;

const require = createRequire(import.meta.url);
const { dependencies } = require("leader-restore/package.json") as { readonly dependencies: Readonly<Record<string, string>> };

/** The entry of a package that this one depends on, so that it is there wherever this one is. */
export function resolveDependency(name: string): string | undefined {
  if (!Object.hasOwn(dependencies, name)) return undefined;
  try {
    return require.resolve(name);
  } catch {
    return undefined;
  }
}
