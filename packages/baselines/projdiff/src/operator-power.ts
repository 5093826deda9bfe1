import { coreErrors, type LinearOperator, type SpectralForm } from "@leader/core";

/** A^+, or a coded error. The stages declare it in `requires`, so a host never lets this fail. */
export function pseudoInverse({ name, pinv }: LinearOperator): NonNullable<LinearOperator["pinv"]> {
  if (pinv === undefined) throw missing("pinv", name);
  return pinv;
}

/** The singular value decomposition, or a coded error. */
export function decomposition({ name, svd }: LinearOperator): SpectralForm {
  if (svd === undefined) throw missing("svd", name);
  return svd;
}

/** The one singular value that is not 0, if there is only one (up to rounding). */
export function onlySingularValue({ singularValues }: SpectralForm): number | undefined {
  const values = Array.from(singularValues.data);
  const largest = values.reduce((a, b) => Math.max(a, b), 0);
  return largest > 0 && values.every((s) => s === 0 || s >= largest * (1 - 1e-5)) ? largest : undefined;
}

const missing = (power: string, name: string): Error =>
  coreErrors.BAD_ARGUMENT({ function: "projdiff", expected: `an operator with \`${power}\``, received: `\`${name}\`, which has none` });
