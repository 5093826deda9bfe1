import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";

/** Imports a package that need not be there; the error says so in few words. */
export async function importOptional(name: string): Promise<unknown> {
  let path: string;
  try {
    path = createRequire(import.meta.url).resolve(name);
  } catch (cause) {
    throw new Error(`${name} is not installed`, { cause });
  }
  return await import(pathToFileURL(path).href);
}
