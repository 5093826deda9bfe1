/**
 * `nx-release-publish` of the onnxruntime backend runs this first: it puts the package into the folder that is published, with the repacked
 * runtime in place of the original.
 */
import { renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { stage } from "../packed/staged.js";

const root = fileURLToPath(new URL("../../../", import.meta.url));
/** `packageRoot` in the backend's package.json. */
const published = join(root, "dist/published/backend-onnx");
const place = `${published}.new`;
rmSync(place, { recursive: true, force: true });
rmSync(published, { recursive: true, force: true });
const folder = stage(root, place, ["--workspace", "@leader/backend-onnx"]).get("@leader/backend-onnx");
if (folder === undefined) throw new Error("npm did not pack @leader/backend-onnx");
renameSync(folder, published);
rmSync(place, { recursive: true, force: true });
process.stdout.write(`${published}\n`);
