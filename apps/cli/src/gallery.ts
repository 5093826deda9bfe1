import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { showFrom } from "./show-from.js";

/**
 * One picture, degraded once and restored by the presets of all methods, side by side:
 *
 *     npm run gallery -- FOLDER [--task bicubic-x4-noisy,inpainting | all] [--picture my.jpg] [--size 256] [--steps 20] [--methods ddnm,daps]
 *
 * Writes a picture per task and method; `TASK.png`, which has the measurement, the pseudo-inverse, the methods in order and the clean
 * picture in one row; and `index.html`, which has them from the best to the worst with their PSNR, and marks those that are no better than
 * what costs nothing. `--steps` replaces every preset's grid by a uniform one, for a quick look: the methods are then not at their best.
 */
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    task: { type: "string", default: "bicubic-x4-noisy" },
    picture: { type: "string" },
    size: { type: "string", default: "256" },
    steps: { type: "string" },
    methods: { type: "string" },
  },
});
/** npm starts scripts in the root of the workspace; paths are meant from where the user stands. */
const here = (path: string): string => resolve(process.env["INIT_CWD"] ?? ".", path);

process.exitCode = await showFrom("gallery", {
  folder: here(positionals[0] ?? join("results", "gallery")),
  size: Number(values.size),
  ...(values.picture === undefined ? {} : { picture: here(values.picture) }),
  ...(values.task === "all" ? {} : { tasks: values.task.split(",") }),
  ...(values.steps === undefined ? {} : { steps: Number(values.steps) }),
  ...(values.methods === undefined ? {} : { methods: values.methods.split(",") }),
});
