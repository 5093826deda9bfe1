/** Keeps the untaken branch of a `where` finite in float32. */
export const tiny = 1e-12;

export interface ProjdiffOptions {
  /** Step towards the network's estimate (`lr` of the released code); above 1 it over-relaxes. Of noisy measurements, below their noise level only. */
  readonly stepSize: number;
  /** Share in [0,1] of fresh noise in states that are cleaner than a noisy measurement; 0 is deterministic there, as released. */
  readonly eta: number;
}
