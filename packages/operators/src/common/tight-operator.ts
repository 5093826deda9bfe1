import { linearOperator, type LinearOperator, type LinearOperatorDefinition } from "@leader/core";

/** What is needed of an operator whose non-zero singular values are all equal. */
export interface TightOperatorDefinition extends LinearOperatorDefinition {
  readonly adjoint: LinearOperator["adjoint"];
  /** The one singular value s: A A^T is s^2 on the range of A. */
  readonly gain: number;
}

/** Pseudo-inverse and proximal map follow from A A^T = s^2: A^+ = A^T / s^2, and (A A^T + rho)^-1 = 1 / (s^2 + rho) on the range. */
export function tightOperator({ gain, ...definition }: TightOperatorDefinition): LinearOperator {
  const { apply, adjoint } = definition;
  const energy = gain * gain;
  return linearOperator({
    pinv: (y) => (energy === 1 ? adjoint(y) : adjoint(y).div(energy)),
    proxL2: (z, y, rho) => z.add(adjoint(y.sub(apply(z))).div(rho.add(energy))),
    ...definition,
  });
}
