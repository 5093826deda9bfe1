import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import type { HostTensor } from "@leader/graph";
import { psnr } from "@leader/metrics";
import { contentKey, createPipeline, isTaskQuality, readPicture, type RestoreResult, type RestoreWay, type Session } from "leader-restore";
import { photoDefaults } from "../../photo-pipeline.js";
import { centreCrop } from "../../pictures.js";
import { seamCases, type SeamCase } from "./cases.js";
import { seamReading, type Blended } from "./measures.js";

/**
 * Photographs in pieces against the same photograph whole: the network in tiles at every step, and the picture in parts. For each task and
 * way the PSNR of both results against each other, the largest ratio of their gradients across a row or column, that where four parts meet over that
 * of the rest, and the PSNR of both against the photograph. Ends with 1 where the first is below 50 dB, or the gradient where parts meet, else the
 * largest, is above 1.02.
 *
 *     npm run bench:seams -- PICTURE [--size 1024] [--quality normal] [--tasks denoise,upscale-2] [--tiles 512] [--parts 640]
 *
 * The picture is degraded as its task says; a crop from its middle of at most 1024 x 1024 is restored whole without tiles.
 */
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    size: { type: "string", default: "1024" },
    quality: { type: "string", default: "normal" },
    tasks: { type: "string" },
    tiles: { type: "string", default: "512" },
    parts: { type: "string", default: "640" },
  },
});
const [path] = positionals;
const { quality, tasks } = values;
const side = Number(values.size);
if (path === undefined) throw new Error("name a photograph");
if (!isTaskQuality(quality)) throw new Error("--quality is draft, normal or best");
if (!(side > 0 && side <= 1024)) throw new Error("--size is at most 1024: what is larger is not restored whole");

const numbers = (list: string): readonly number[] => list.split(",").filter(Boolean).map(Number);
const ways: readonly RestoreWay[] = [
  ...numbers(values.tiles).map((tile) => ({ tile, parts: "off" as const })),
  ...numbers(values.parts).map((parts) => ({ parts })),
];
const metric = psnr();
const { tensor } = await readPicture(path);
if (Math.min(...tensor.shape.slice(2)) < side) throw new Error(`${path} is smaller than ${side} x ${side} pixels; choose a smaller --size`);
const clean = centreCrop(tensor, side);

const folder = await mkdtemp(join(tmpdir(), "leader-seams-"));
try {
  process.stdout.write("| task | way | against the whole | gradient | border | PSNR of both |\n| --- | --- | --- | --- | --- | --- |\n");
  for (const one of await seamCases(folder, side, quality)) {
    if (tasks === undefined || tasks.split(",").includes(one.name)) await measure(one);
  }
} finally {
  await rm(folder, { recursive: true, force: true });
}

async function measure({ name, pipeline: object }: SeamCase): Promise<void> {
  const pipeline = await createPipeline(object, { defaults: photoDefaults() });
  await using session = await pipeline.open({ isolate: false });
  const y = await pipeline.degrade(clean, { seed: 0, image: contentKey(clean) });
  const whole = await restored(session, y, { parts: "off" });
  const worth = await metric.measure(whole.image, clean);
  for (const way of ways) {
    const pieces = await restored(session, y, way);
    const { psnr: against, gradient, border } = seamReading(pieces.image, whole.image, blendedIn(pieces));
    const both = [await metric.measure(pieces.image, clean), worth].map((value) => value.toFixed(2)).join(", ");
    process.stdout.write(
      `| ${name} | ${shown(way, pieces)} | ${against.toFixed(1)} dB | ${gradient.toFixed(4)} | ${border?.toFixed(4) ?? ""} | ${both} |\n`,
    );
    if (against < 50 || (border ?? gradient) > 1.02) process.exitCode = 1;
  }
}

async function restored(session: Session, y: HostTensor, way: RestoreWay): Promise<RestoreResult> {
  return await session.restore(y, { ...way, image: contentKey(y) }).result;
}

/** Two parts in a row overlap around the middle of the picture, and are blended over the middle quarter of that. */
function blendedIn({ parts }: RestoreResult): Blended | undefined {
  if (parts === undefined || parts.height !== parts.width || parts.count !== 4) return undefined;
  const half = Math.round((2 * parts.width - side) / 8);
  return { from: side / 2 - half, to: side / 2 + half };
}

/** What was done; a degradation that looks at the whole picture is restored whole where parts were asked for. */
function shown({ tile }: RestoreWay, { parts }: RestoreResult): string {
  if (tile !== undefined) return `tiles of ${tile}`;
  return parts === undefined ? "no parts: whole" : `${parts.count} parts of ${parts.width} x ${parts.height}`;
}
