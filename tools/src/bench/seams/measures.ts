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
}

/** Compares a result in pieces with the whole one, both [1,C,H,W] in [-1,1]. */
export function seamReading(pieces: HostTensor, whole: HostTensor): SeamReading {
  let squares = 0;
  for (const [i, value] of pieces.data.entries()) squares += (value - whole.data[i]!) ** 2;
  const ratios = ([steps, same]: readonly [Float64Array, Float64Array]): number =>
    steps.reduce((most, step, i) => Math.max(most, step / same[i]!), 0);
  return {
    psnr: 10 * Math.log10((4 * whole.data.length) / squares),
    gradient: Math.max(...(["rows", "columns"] as const).map((along) => ratios([stepsOf(pieces, along), stepsOf(whole, along)]))),
  };
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
