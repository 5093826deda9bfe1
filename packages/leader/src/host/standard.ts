import { createRequire } from "node:module";
import { pathToFileURL, fileURLToPath } from "node:url";
import type { StageReference } from "./config/envelope.js";

/** The package of the prior that a pipeline uses where it names no denoiser. */
export const standardPrior = "@leader/prior-photo";

/**
 * The denoiser of a pipeline that names none: the small prior for photographs, from wherever it is installed beside this package; undefined
 * if it is not.
 */
export async function standardDenoiser(): Promise<StageReference | undefined> {
  const path = resolveBeside(standardPrior);
  if (path === undefined) return undefined;
  const { photoPriorUrl } = (await import(pathToFileURL(path).href)) as { readonly photoPriorUrl: URL };
  return { use: "leader#onnx-file", with: { path: fileURLToPath(photoPriorUrl) } };
}

/** The entry of a package that is installed beside this one. */
export function resolveBeside(name: string): string | undefined {
  try {
    return createRequire(import.meta.url).resolve(name);
  } catch {
    return undefined;
  }
}
