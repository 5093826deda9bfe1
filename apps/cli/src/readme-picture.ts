import { dirname, join } from "node:path";
import type { HostTensor } from "@leader/graph";
import { psnr } from "@leader/metrics";
import { loadPipeline, writePicture } from "leader-restore";
import { makeFolders } from "leader-restore/supervision";
import { bundledOptions } from "./bundled.js";
import { sideBySide, stretch } from "./montage.js";
import { checkoutFolder } from "./own-folder.js";
import { landscape } from "./sample/landscape.js";

/**
 * Makes the picture of the README from the generated landscape: blurred and restored, reduced and restored, and as it was.
 *
 *     npm run readme-picture
 */
const target = join(checkoutFolder, "docs/images/restorations.png");
const side = 152;
const clean = landscape(side);
const quality = psnr();

/** What was measured, at the size of the picture, and what was restored from it. */
async function restored(example: string): Promise<readonly HostTensor[]> {
  const pipeline = await loadPipeline(join(checkoutFolder, "examples", example), await bundledOptions());
  const y = await pipeline.degrade(clean, { seed: 0 });
  await using session = await pipeline.open();
  const { image, evaluations } = await session.restore(y).result;
  const decibel = (await quality.measure(image, clean)).toFixed(1);
  process.stdout.write(`${example}: ${decibel} dB, ${evaluations} evaluations\n`);
  return [stretch(y, side, side), image];
}

const pictures = [...(await restored("gaussian-deblur-leader.yaml")), ...(await restored("bicubic-x4-leader.yaml")), clean];
await makeFolders(dirname(target));
await writePicture(target, sideBySide(pictures));
process.stdout.write(`${target}\n`);
