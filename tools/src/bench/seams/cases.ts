import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { encodeNpy, pipelineOfTask, type PipelineObject, type TaskObject, type TaskQuality } from "leader-restore";

/** A task on a photograph, as its command runs it. */
export interface SeamCase {
  readonly name: string;
  readonly pipeline: PipelineObject;
}

/**
 * The five tasks of photographs with operators of every kind: pixels, enlargements by two factors, both blurs, holes.
 * @param folder where the kernel and the mask are written
 * @param side of the picture in pixels
 */
export async function seamCases(folder: string, side: number, quality: TaskQuality): Promise<readonly SeamCase[]> {
  const [kernel, mask] = [join(folder, "kernel.npy"), join(folder, "mask.npy")];
  await writeFile(kernel, streak(13));
  await writeFile(mask, scratches(side));
  const of = (name: string, request: TaskObject): SeamCase => ({ name, pipeline: pipelineOfTask({ ...request, quality }) });
  return [
    of("denoise", { task: "denoise", noise: 0.1 }),
    of("upscale-2", { task: "upscale", factor: 2 }),
    of("upscale-4", { task: "upscale", factor: 4 }),
    of("deblur-gaussian", { task: "deblur", blur: { gaussian: 1.6 } }),
    of("deblur-kernel", { task: "deblur", blur: { kernel } }),
    of("inpaint", { task: "inpaint", mask }),
    of("colorize", { task: "colorize" }),
  ];
}

const array = (shape: readonly number[], value: (row: number, column: number) => number): Uint8Array => {
  const [rows = 0, columns = 0] = shape;
  const data = Float32Array.from({ length: rows * columns }, (_, i) => value(Math.floor(i / columns), i % columns));
  return encodeNpy({ shape, dtype: "float32", data });
};

/** The blur of a hand that moved by `size` pixels, downwards half as far as sidewards. */
const streak = (size: number): Uint8Array =>
  array([size, size], (row, column) => Math.max(0, 1 - Math.abs(row - (size - 1) / 2 - (column - (size - 1) / 2) / 2)));

/** Slanted scratches of 6 pixels and spots of 24 all over the picture, so that some lie across every border of parts. */
const scratches = (side: number): Uint8Array =>
  array([side, side], (row, column) => {
    const scratch = (row + 3 * column) % 200 < 12;
    const spot = Math.hypot((row % 96) - 48, (column % 96) - 48) < 12;
    return scratch || spot ? 0 : 1;
  });
