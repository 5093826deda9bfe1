import type { HostTensor } from "@leader/graph";
import type { ColourSpace, MetricIdentity, MetricReading } from "./identity.js";

/** A full-reference metric: how far an image is from its reference, both [1,C,H,W] in [-1,1]. */
export interface Metric extends MetricReading {
  readonly identity: MetricIdentity;
  /** Errors: SHAPES_DIFFER, TOO_SMALL, COLOUR. */
  measure(image: HostTensor, reference: HostTensor): Promise<number>;
}

/** Options that the pixel metrics share. */
export interface PixelOptions {
  readonly colour?: ColourSpace;
  /** Pixels to leave out at every side. Default 0. */
  readonly crop?: number;
}
