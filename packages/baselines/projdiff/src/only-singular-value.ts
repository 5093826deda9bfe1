import type { SpectralForm } from "@leader/core";

/** The one singular value that is not 0, if there is only one (up to rounding). */
export function onlySingularValue({ singularValues }: SpectralForm): number | undefined {
  const values = Array.from(singularValues.data);
  const largest = values.reduce((a, b) => Math.max(a, b), 0);
  return largest > 0 && values.every((s) => s === 0 || s >= largest * (1 - 1e-5)) ? largest : undefined;
}
