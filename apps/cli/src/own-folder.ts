import { createRequire } from "node:module";
import { dirname, join, resolve } from "node:path";

/** The folder of this package, wherever the module that asks was bundled to. */
export const ownFolder: string = dirname(createRequire(import.meta.url).resolve("@leader/cli/package.json"));

/** The folder of the checkout that this package lies in; of an installed package some folder. */
export const checkoutFolder: string = resolve(ownFolder, "../..");

/**
 * The built file of a module that is started as a process, also where the caller runs from its source.
 *
 * @param name path below `dist`, such as `worker/main.js`; `tools/scripts/bundle.mjs` lists them
 */
export const builtEntry = (name: string): string => join(ownFolder, "dist", name);
