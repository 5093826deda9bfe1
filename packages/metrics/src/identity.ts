import { errors } from "./error-codes.js";

/**
 * Which channels are compared: all of them together, BT.601 luma over the full range (Y' = 0.299 R + 0.587 G + 0.114 B), or the same in the
 * 16 to 235 of 255 of most super-resolution tables (MATLAB's `rgb2ycbcr`), against a peak of 255: 1.3 dB more for the same pictures.
 */
export type ColourSpace = "rgb" | "y" | "y-16-235";

/** Everything that must agree before two values of a metric may stand in one table. */
export interface MetricIdentity {
  readonly name: string;
  /** Version of the computation: raised whenever the same pictures would get another number. */
  readonly version: number;
  readonly colour: ColourSpace | "measurement";
  /** What pixel values are taken to be, such as `[0,1] clamped`. */
  readonly range: string;
  /** Pixels left out at every side. */
  readonly crop: number;
  /** Window of a structural metric, or network and weights of a learned one. */
  readonly variant?: string;
}

/** How a metric is read. */
export interface MetricReading {
  readonly better: "higher" | "lower";
  /** Empty for pure numbers. */
  readonly unit: string;
  /** Digits after the point in tables. */
  readonly digits: number;
}

/** A number that knows how it was measured. */
export interface MetricValue {
  readonly identity: MetricIdentity;
  readonly value: number;
}

/** The identity as one line, equal exactly for equal identities. */
export function identityText({ name, version, colour, range, crop, variant }: MetricIdentity): string {
  const parts = [...(variant === undefined ? [] : [variant]), colour, range, crop === 0 ? "no crop" : `crop ${crop}`, `v${version}`];
  return `${name} (${parts.join(", ")})`;
}

/**
 * The one identity of all values of a column.
 * @throws IDENTITIES_MIXED if they differ; undefined if there are none.
 */
export function commonIdentity(column: string, values: readonly MetricValue[]): MetricIdentity | undefined {
  const byText = new Map(values.map(({ identity }) => [identityText(identity), identity]));
  if (byText.size > 1) throw errors.IDENTITIES_MIXED({ column, identities: [...byText.keys()].sort() });
  return [...byText.values()][0];
}
