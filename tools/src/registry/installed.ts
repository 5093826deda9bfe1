import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";

/** A package in a folder of its own below node_modules. */
export interface InstalledPackage {
  readonly name: string;
  readonly version: string;
}

/** What an installation put below a folder. */
export interface Installed {
  readonly packages: readonly InstalledPackage[];
  readonly bytes: number;
}

/**
 * Every package below `node_modules` and the size of all files there. Links are not followed, so a package counts once however many
 * lead to it; stores of package managers (`.pnpm`, `.deno`) are looked into.
 */
export function installedBelow(folder: string): Installed {
  const packages: InstalledPackage[] = [];
  let bytes = 0;
  const visit = (at: string, holdsPackages: boolean): void => {
    for (const entry of readdirSync(at, { withFileTypes: true })) {
      const path = join(at, entry.name);
      if (entry.isFile()) bytes += statSync(path).size;
      if (!entry.isDirectory()) continue;
      const scope = holdsPackages && entry.name.startsWith("@");
      const manifest = join(path, "package.json");
      if (holdsPackages && !scope && existsSync(manifest)) packages.push(JSON.parse(readFileSync(manifest, "utf8")) as InstalledPackage);
      visit(path, scope || entry.name === "node_modules");
    }
  };
  const modules = join(folder, "node_modules");
  if (existsSync(modules)) visit(modules, true);
  return { packages, bytes };
}
