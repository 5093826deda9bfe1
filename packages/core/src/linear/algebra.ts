import type { LinearOperator, SpectralForm } from "../contract/operator.js";
import { defined, equalShapes, formatAval, forward, graphErrors, sizeOf, type Aval, type Tensor } from "@leader/graph";
import { lazy } from "./lazy.js";
import { linearOperator } from "./linear-operator.js";
import { mapHost } from "./spectral.js";

/**
 * x -> outer(inner(x)). It has no pseudo-inverse: (A B)^+ is not B^+ A^+ in general, and a stage that accepts that
 * approximation should say so itself.
 */
export function composeOperators(outer: LinearOperator, inner: LinearOperator): LinearOperator {
  requireSameType("composeOperators", outer.domain, inner.range);
  return linearOperator({
    name: `${outer.name} after ${inner.name}`,
    domain: inner.domain,
    range: outer.range,
    apply: (x) => outer.apply(inner.apply(x)),
    adjoint: (y) => inner.adjoint(outer.adjoint(y)),
    ...defined({ measured: outer.measured }),
  });
}

/** x -> a(x) + b(x). */
export function addOperators(a: LinearOperator, b: LinearOperator): LinearOperator {
  requireSameType("addOperators", a.domain, b.domain);
  requireSameType("addOperators", a.range, b.range);
  return linearOperator({
    name: `${a.name} + ${b.name}`,
    domain: a.domain,
    range: a.range,
    apply: (x) => a.apply(x).add(b.apply(x)),
    adjoint: (y) => a.adjoint(y).add(b.adjoint(y)),
  });
}

/** x -> factor a(x), for a factor other than 0; keeps every power of `a`. */
export function scaleOperator(a: LinearOperator, factor: number): LinearOperator {
  if (factor === 0 || !Number.isFinite(factor)) {
    throw graphErrors.BAD_ARGUMENT({ function: "scaleOperator", expected: "a finite factor other than 0", received: String(factor) });
  }
  const { pinv, svd, proxL2, normalInverse, measured } = a;
  return linearOperator({
    name: `${factor} ${a.name}`,
    domain: a.domain,
    range: a.range,
    apply: (x) => a.apply(x).mul(factor),
    adjoint: (y) => a.adjoint(y).mul(factor),
    ...defined({
      pinv: pinv && ((y: Tensor) => pinv(y).div(factor)),
      svd: svd && scaledForm(svd, factor),
      // ||k A x - y||^2 + rho ||x - z||^2 = k^2 ( ||A x - y / k||^2 + rho / k^2 ||x - z||^2 )
      proxL2: proxL2 && ((z: Tensor, y: Tensor, rho: Tensor) => proxL2(z, y.div(factor), rho.div(factor * factor))),
      normalInverse: normalInverse && ((u: Tensor, rho: Tensor) => normalInverse(u, rho.div(factor * factor)).div(factor * factor)),
      measured,
    }),
  });
}

function scaledForm(svd: SpectralForm, factor: number): SpectralForm {
  const sign = Math.sign(factor);
  const singularValues = lazy(() => mapHost(svd.singularValues, (s) => Math.abs(factor) * s));
  return forward(svd, {
    get singularValues() {
      return singularValues();
    },
    u: (c) => svd.u(c).mul(sign),
    ut: (y) => svd.ut(y).mul(sign),
  });
}

/** x -> all measurements of x side by side, each flattened: [N, M1 + M2 + ...]. The first axis of every range is the batch. */
export function stackOperators(...operators: readonly LinearOperator[]): LinearOperator {
  const [first, ...rest] = operators;
  if (first === undefined)
    throw graphErrors.BAD_ARGUMENT({ function: "stackOperators", expected: "at least one operator", received: "none" });
  for (const other of rest) requireSameType("stackOperators", first.domain, other.domain);
  const batch = first.range.shape[0]!;
  const lengths = operators.map(({ range }) => sizeOf(range.shape) / batch);
  const starts = lengths.map((_, i) => lengths.slice(0, i).reduce((a, b) => a + b, 0));
  return linearOperator({
    name: operators.map(({ name }) => name).join(" | "),
    domain: first.domain,
    apply: (x) => {
      const [head, ...tail] = operators.map((a, i) => a.apply(x).reshape([batch, lengths[i]!]));
      return head!.concat(tail, 1);
    },
    adjoint: (y) =>
      operators
        .map((a, i) => a.adjoint(y.sliceAxis(1, starts[i]!, starts[i]! + lengths[i]!).reshape(a.range.shape)))
        .reduce((sum, part) => sum.add(part)),
  });
}

/** A^T as an operator of its own. */
export function adjointOperator(a: LinearOperator): LinearOperator {
  return linearOperator({
    name: `adjoint of ${a.name}`,
    domain: a.range,
    range: a.domain,
    apply: (y) => a.adjoint(y),
    adjoint: (x) => a.apply(x),
  });
}

function requireSameType(operation: string, a: Aval, b: Aval): void {
  if (a.dtype === b.dtype && equalShapes(a.shape, b.shape)) return;
  throw graphErrors.SHAPE_MISMATCH({ op: operation, problem: `operators do not fit: ${formatAval(a)} against ${formatAval(b)}` });
}
