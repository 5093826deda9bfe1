import { parseArgs } from "node:util";
import { keysOf } from "@leader/graph";
import { createPipeline, pipelineOfTask, taskQualities } from "leader-restore";
import { perceptualMetric } from "../perceptual.js";
import { photoDefaults } from "../photo-pipeline.js";
import { centreCrops } from "../pictures.js";
import { measurePreset, type Worth } from "../presets/measure.js";

/**
 * Colours as `leader colorize` finds them, at each of its qualities, beside grey itself: mean PSNR and LPIPS over crops of the pictures of a
 * folder, and evaluations of the network, which sees 48 x 48 pixels. LPIPS needs `out/weights/lpips-alex.onnx` (`leader import-lpips`).
 *
 *     npm run bench:colours -- FOLDER [--images 4] [--sizes 64,256]
 */
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { images: { type: "string", default: "4" }, sizes: { type: "string", default: "64,256" } },
});
const [folder] = positionals;
if (folder === undefined) throw new Error("name a folder of photographs");

const perceptual = await perceptualMetric();
const told = (worth: Worth | undefined): string => `${worth?.psnr.toFixed(2) ?? "-"} | ${worth?.lpips?.toFixed(3) ?? "-"}`;

process.stdout.write("| size | colours | PSNR | LPIPS | evaluations |\n| --- | --- | --- | --- | --- |\n");
for (const size of values.sizes.split(",").map(Number)) {
  const pictures = await centreCrops(folder, Number(values.images), size);
  for (const [i, quality] of keysOf(taskQualities.colorize).entries()) {
    const pipeline = await createPipeline(pipelineOfTask({ task: "colorize", quality }), { defaults: photoDefaults() });
    const row = await measurePreset({ method: quality, task: "colorize" }, pipeline, pictures, perceptual);
    if (i === 0) process.stdout.write(`| ${size} | none | ${told(row.measurement)} |  |\n`);
    process.stdout.write(`| ${size} | ${quality} | ${told(row.restored)} | ${row.evaluations} |\n`);
  }
}
await perceptual?.[Symbol.asyncDispose]();
