import { errors } from "../error-codes.js";
import { formatAval } from "../ir/format.js";
import type { Tensor } from "../ir/tensor.js";
import { reverseSweep } from "./vjp.js";

/**
 * Gradient of a scalar function at x, inside a trace. `f` may use any tensor of the same trace; what it captures counts as
 * constant, so everything that depends on x must be computed inside `f`, from its argument.
 * @returns a tensor of x's type.
 */
export function gradient(f: (x: Tensor) => Tensor, x: Tensor): Tensor {
  const { trace } = x;
  const mark = trace.mark();
  const value = f(x);
  if (value.size !== 1 || value.dtype !== "float32") {
    throw errors.NOT_DIFFERENTIABLE({
      op: "gradient",
      reason: `the function must return one float32 number, received ${formatAval(value)}`,
    });
  }
  const seed = trace.scalar(1, "float32").expand(value.shape);
  const found = reverseSweep(trace, trace.since(mark), [[value.id, seed]], [x.id]).get(x.id);
  if (found === undefined) {
    throw errors.NOT_DIFFERENTIABLE({
      op: "gradient",
      reason: "the function does not depend on its argument; compute what depends on x inside the function, from the x it receives",
    });
  }
  return found;
}

/**
 * J^T cotangent for values of one trace, with J the derivative of `output` by `input` along everything that has been computed between
 * them. Nothing is computed twice: a network that has already been called is differentiated where it stands.
 * @param cotangent of output's type. @returns a tensor of input's type.
 */
export function pullback(output: Tensor, input: Tensor, cotangent: Tensor): Tensor {
  if (formatAval(cotangent) !== formatAval(output)) {
    throw errors.BAD_ARGUMENT({
      function: "pullback",
      expected: `a cotangent of type ${formatAval(output)}, like the output`,
      received: formatAval(cotangent),
    });
  }
  const { trace } = input;
  const found = reverseSweep(trace, trace.since(0), [[output.id, cotangent]], [input.id]).get(input.id);
  if (found === undefined) {
    throw errors.NOT_DIFFERENTIABLE({
      op: "pullback",
      reason: "the output does not depend on the input; both must be values of this trace",
    });
  }
  return found;
}
