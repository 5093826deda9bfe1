import { graphErrors } from "@leader/graph";
import type { LinearOperator } from "../contract/operator.js";

/**
 * An optional power of an operator, for a stage that declares it in `requires`: a host never lets this fail, and code that uses the
 * stage without a host learns which power is missing.
 * @param stage who needs it, for the message.
 * @throws LEADER_BAD_ARGUMENT if the operator does not have the power.
 */
export function operatorPower<K extends "pinv" | "svd" | "proxL2">(
  operator: LinearOperator,
  power: K,
  stage: string,
): NonNullable<LinearOperator[K]> {
  const found = operator[power];
  if (found !== undefined) return found;
  throw graphErrors.BAD_ARGUMENT({
    function: stage,
    expected: `an operator with \`${power}\``,
    received: `\`${operator.name}\`, which has none`,
  });
}
