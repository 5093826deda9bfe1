import { createHash } from "node:crypto";
import { createPipeline } from "leader-restore";
import { cleanPicture, operatorPipelines, restoreOne } from "./operator-pipelines.js";
import { photoPipeline } from "./photo-stages.js";

/** A hash of the measurement and of the restored picture of each pipeline, as this Node computes them. */
export async function restoredBits(pipelines: number): Promise<readonly string[]> {
  const found: string[] = [];
  for (const options of operatorPipelines.slice(0, pipelines)) {
    const pipeline = await createPipeline(...photoPipeline({ ...options, steps: 4 }));
    const hash = createHash("sha256");
    await using session = await pipeline.open({ isolate: false });
    for (const image of [0, 1]) {
      const y = await pipeline.degrade(cleanPicture(image), { seed: 2, image });
      const x = await restoreOne(session, y, image);
      for (const { data } of [y, x]) hash.update(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
    }
    found.push(hash.digest("hex"));
  }
  return found;
}
