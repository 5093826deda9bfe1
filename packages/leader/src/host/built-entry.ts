import { createRequire } from "node:module";
import { dirname, join } from "node:path";

const manifest = createRequire(import.meta.url).resolve("leader-restore/package.json");

/** The folder of this package, wherever the module that asks was bundled to. */
export const packageFolder: string = dirname(manifest);

/**
 * The built file of a module that is started as a process or a thread, also where the caller runs from its source.
 *
 * @param name path below `dist`, such as `host/child/main.js`; `tools/scripts/bundle.mjs` lists them
 */
export const builtEntry = (name: string): string => join(packageFolder, "dist", name);
