import { coreErrors, type LinearOperator } from "@leader/core";

/** An optional power of the operator, or a coded error. The stage declares it in `requires`, so a host never lets this fail. */
export function operatorPower<K extends "pinv" | "svd">(operator: LinearOperator, power: K): NonNullable<LinearOperator[K]> {
  const found = operator[power];
  if (found === undefined)
    throw coreErrors.BAD_ARGUMENT({
      function: "ddnm",
      expected: `an operator with \`${power}\``,
      received: `\`${operator.name}\`, which has none`,
    });
  return found;
}
