import { createRequire } from "node:module";
import { dirname, join } from "node:path";

const require = createRequire(import.meta.url);

/** The package.json of this package, or of one that it depends on. */
export const ownManifest = (name: string): string => require.resolve(`${name}/package.json`);

/** The folder of this package, wherever the module that asks was bundled to. */
export const packageFolder: string = dirname(ownManifest("leader-restore"));

/**
 * The built file of a module that is started as a process or a thread, also where the caller runs from its source.
 *
 * @param name path below `dist`, such as `host/child/main.js`; `tools/scripts/bundle.mjs` lists them
 */
export const builtEntry = (name: string): string => join(packageFolder, "dist", name);
