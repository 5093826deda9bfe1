import { createHash } from "node:crypto";
import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { mustRun } from "../packed/run.js";
import { runtime } from "../packed/published-dependencies.js";

const lockFile = z.object({
  packages: z.record(z.string(), z.object({ version: z.string().optional(), integrity: z.string().optional() })),
});

/**
 * Fetches the runtime that package-lock.json names from the npm registry, and unpacks it into `place`.
 * @returns the folder of the package
 * @throws Error if what comes is not what the lock file promises
 */
export function unpackRuntime(root: string, place: string): string {
  const { packages } = lockFile.parse(JSON.parse(readFileSync(join(root, "package-lock.json"), "utf8")));
  const { version, integrity } = packages[`node_modules/${runtime.imported}`] ?? {};
  if (version === undefined || integrity === undefined) throw new Error(`package-lock.json does not hold ${runtime.imported}`);
  mkdirSync(place, { recursive: true });
  const pack = ["pack", `${runtime.imported}@${version}`, "--ignore-scripts", "--silent", "--prefer-offline"];
  const file = mustRun(place, "npm", pack).trim().split("\n").at(-1)!;
  checkIntegrity(readFileSync(join(place, file)), integrity, file);
  mustRun(place, "tar", ["-xzf", file]);
  return join(place, "package");
}

/** @throws Error unless the bytes have the hash, given as in a lock file: `sha512-<base64>`. */
export function checkIntegrity(bytes: Uint8Array, integrity: string, file: string): void {
  const [algorithm = "", expected = ""] = integrity.split(/-(.*)/su);
  const received = createHash(algorithm).update(bytes).digest("base64");
  if (received !== expected)
    throw new Error(`${file} is not what package-lock.json names: expected ${integrity}, received ${algorithm}-${received}`);
}
