import { join, resolve } from "node:path";
import { showFrom } from "./show-from.js";

/**
 * The main job in one command: degrade a picture, restore it with DDNM and with DDNM + LEADer, show both.
 * `npm run demo` uses a generated picture, `npm run demo -- my.jpg` yours.
 */
const [picture] = process.argv.slice(2);
// npm starts scripts in the root of the workspace; the path is meant from where the user stands.
const chosen = picture === undefined ? {} : { picture: resolve(process.env["INIT_CWD"] ?? ".", picture) };
process.exitCode = await showFrom("demo", { ...chosen, folder: join("results", "demo") });
