import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** Names that the host package has or had. */
const hostNames = ["leader-restore", "leader"];

/**
 * The built entry of the host package of a checkout, wherever its folder is.
 * Errors: names what is missing, and the command that makes it.
 */
export function hostModule(checkout: string): string {
  const packages = join(checkout, "packages");
  const folders = existsSync(packages) ? readdirSync(packages) : [];
  for (const folder of folders) {
    const manifest = join(packages, folder, "package.json");
    if (!existsSync(manifest)) continue;
    const { name } = JSON.parse(readFileSync(manifest, "utf8")) as { readonly name: string };
    if (!hostNames.includes(name)) continue;
    const entry = join(packages, folder, "dist/index.js");
    if (!existsSync(entry)) throw new Error(`${entry} is missing: run \`npm run build\` in ${checkout}`);
    return entry;
  }
  throw new Error(`${checkout} is no checkout of this project: none of its packages is called ${hostNames.join(" or ")}`);
}
