import type { HostTensor } from "@leader/graph";

/** Where a result in pieces differs most from the whole one as far as an eye that looks for seams can tell. */
export interface SeamReading {
  /** PSNR of both against each other in dB; infinite for equal pictures. */
  readonly psnr: number;
  /**
   * The mean step from one row or column to the next over that of the whole result at the same place, where it is largest: a border that can
   * be seen anywhere along the picture makes it larger than 1, and what the picture shows there does not count.
   */
  readonly gradient: number;
  /**
   * These ratios where two parts are blended over those in the rest of the picture, their mean over the median and their largest over the 99th percentile,
   * of rows and columns, whichever is largest: parts that took other steps than the whole have a little more or less texture everywhere, which is
   * no border. Absent where nothing says where parts meet.
   */
  readonly border?: number;
}

/** Rows and columns in which parts are blended. */
export interface Blended {
  readonly from: number;
  readonly to: number;
}

/**
 * Compares a result in pieces with the whole one, both [1,C,H,W] in [-1,1].
 * @param blended where two parts in a row, and two in a column, meet
 */
export function seamReading(pieces: HostTensor, whole: HostTensor, blended?: Blended): SeamReading {
  let squares = 0;
  for (const [i, value] of pieces.data.entries()) squares += (value - whole.data[i]!) ** 2;
  const ratios = (["rows", "columns"] as const).map((along) => {
    const same = stepsOf(whole, along);
    return stepsOf(pieces, along).map((step, i) => step / same[i]!);
  });
  const reading = {
    psnr: 10 * Math.log10((4 * whole.data.length) / squares),
    gradient: Math.max(...ratios.map((along) => along.reduce((most, ratio) => Math.max(most, ratio), 0))),
  };
  if (blended === undefined) return reading;
  return { ...reading, border: Math.max(...ratios.map((along) => borderIn(along, blended))) };
}

function borderIn(ratios: Float64Array, { from, to }: Blended): number {
  const there = ratios.subarray(from, to);
  const rest = Float64Array.of(...ratios.subarray(0, from), ...ratios.subarray(to)).sort();
  const mean = there.reduce((sum, ratio) => sum + ratio, 0) / there.length;
  return Math.max(mean / rest[rest.length >> 1]!, Math.max(...there) / rest[Math.floor(0.99 * rest.length)]!);
}

/** The sum of the absolute steps across every border between two rows or columns. */
function stepsOf({ shape, data }: HostTensor, along: "rows" | "columns"): Float64Array {
  const [, , height = 0, width = 0] = shape;
  const steps = new Float64Array((along === "rows" ? height : width) - 1);
  for (let i = 0; i < data.length; i++) {
    const at = along === "rows" ? Math.floor(i / width) % height : i % width;
    if (at < steps.length) steps[at]! += Math.abs(data[i + (along === "rows" ? width : 1)]! - data[i]!);
  }
  return steps;
}
