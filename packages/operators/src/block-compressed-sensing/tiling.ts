import { extents, type Tensor } from "@leader/core";
import type { ImageSize } from "../common/image.js";

/** Equal parts of an axis that lie side by side. */
interface Run {
  readonly start: number;
  readonly count: number;
  readonly length: number;
}

/** Equal blocks that together form a rectangle of the picture. */
export interface Region {
  readonly vertical: Run;
  readonly horizontal: Run;
}

/** Cuts an axis into the fewest parts of at most `limit` pixels, of one length or of two that differ by one pixel. */
function runsOf(length: number, limit: number): readonly Run[] {
  const parts = Math.ceil(length / limit);
  const short = Math.floor(length / parts);
  const longer = length - parts * short;
  const runs = [
    { start: 0, count: longer, length: short + 1 },
    { start: longer * (short + 1), count: parts - longer, length: short },
  ];
  return runs.filter(({ count }) => count > 0);
}

/** The regions of a picture, row by row: one if the block size divides both sides, and at most four. */
export function regionsOf(height: number, width: number, blockSize: number): readonly Region[] {
  return runsOf(height, blockSize).flatMap((vertical) => runsOf(width, blockSize).map((horizontal) => ({ vertical, horizontal })));
}

export const blockArea = ({ vertical, horizontal }: Region): number => vertical.length * horizontal.length;
export const blockCount = ({ vertical, horizontal }: Region): number => vertical.count * horizontal.count;

/** Blocks of a region as rows: [N, C, blocks, pixels of a block]. */
export function blocksOf(x: Tensor, region: Region): Tensor {
  const [batch, channels] = extents(x.shape, 4);
  const { vertical, horizontal } = region;
  return x
    .sliceAxis(2, vertical.start, vertical.start + vertical.count * vertical.length)
    .sliceAxis(3, horizontal.start, horizontal.start + horizontal.count * horizontal.length)
    .reshape([batch, channels, vertical.count, vertical.length, horizontal.count, horizontal.length])
    .transpose([0, 1, 2, 4, 3, 5])
    .reshape([batch, channels, blockCount(region), blockArea(region)]);
}

/** Puts the blocks of all regions back into a picture: the inverse of `blocksOf` for each. */
export function imageOfBlocks(blocks: readonly Tensor[], regions: readonly Region[], size: ImageSize): Tensor {
  const pictures = regions.map((region, i) => pictureOf(blocks[i]!, region, size));
  const bands = new Map<number, Tensor[]>();
  regions.forEach(({ vertical }, i) => bands.set(vertical.start, [...(bands.get(vertical.start) ?? []), pictures[i]!]));
  const [first, ...rest] = [...bands.values()].map(([left, ...others]) => left!.concat(others, 3));
  return first!.concat(rest, 2);
}

function pictureOf(blocks: Tensor, { vertical, horizontal }: Region, { batch, channels }: ImageSize): Tensor {
  return blocks
    .reshape([batch, channels, vertical.count, horizontal.count, vertical.length, horizontal.length])
    .transpose([0, 1, 2, 4, 3, 5])
    .reshape([batch, channels, vertical.count * vertical.length, horizontal.count * horizontal.length]);
}
