import { createRequire } from "node:module";
import { pathToFileURL, fileURLToPath } from "node:url";
import type { StageReference } from "./envelope.js";

/** The package of the prior that a pipeline uses where it names no denoiser. */
export const standardPrior = "@leader/prior-photo";

/**
 * The denoiser of a pipeline that names none: the small prior for photographs, which comes along with this package; undefined if it was
 * left out of an installation.
 */
export async function standardDenoiser(): Promise<StageReference | undefined> {
  const path = resolveDependency(standardPrior);
  if (path === undefined) return undefined;
  const { photoPriorUrl } = (await import(pathToFileURL(path).href)) as { readonly photoPriorUrl: URL };
  return { use: "leader#onnx-file", with: { path: fileURLToPath(photoPriorUrl) } };
}

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
