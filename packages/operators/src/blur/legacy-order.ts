import {
  constantOf,
  denseSvd,
  denseToHost,
  denseTranspose,
  lazy,
  linearOperator,
  spectralMembers,
  type DenseMatrix,
  type HostTensor,
  type LinearOperator,
  type SeparableOptions,
  type SpectralForm,
  type Tensor,
} from "@leader/core";

/**
 * A separable blur with the singular values permuted as in the published code of DDRM, DDNM, DDPG, EquS and ProjDiff: coefficients are
 * stored pixel by pixel with the channels innermost, but the list of values repeats the sorted values of one channel. The p-th largest
 * value s_p of channel c is thus replaced by s_((C p + c) mod H W). It is a consistent operator, but not quite the blur.
 */
export function legacyOrderOperator({ name, domain, vertical, horizontal, threshold = 0 }: SeparableOptions): LinearOperator {
  const form = lazy(() => legacyForm(domain.shape, vertical, horizontal, threshold));
  const svd: SpectralForm = {
    shape: domain.shape,
    get singularValues() {
      return form().singularValues;
    },
    v: (c) => form().v(c),
    vt: (x) => form().vt(x),
    u: (c) => form().u(c),
    ut: (y) => form().ut(y),
  };
  return linearOperator({ name: `${name} (legacy singular order)`, domain, range: domain, ...spectralMembers(svd) });
}

function legacyForm(shape: readonly number[], vertical: DenseMatrix, horizontal: DenseMatrix, threshold: number): SpectralForm {
  const first = denseSvd(vertical);
  const second = horizontal === vertical ? first : denseSvd(horizontal);
  const singularValues = legacyValues(shape[1]!, cutOff(first.singularValues, threshold), cutOff(second.singularValues, threshold));
  const seen: HostTensor = { ...singularValues, data: Float32Array.from(singularValues.data, (s) => (s > 0 ? 1 : 0)) };
  const seenOnly = (c: Tensor): Tensor => c.mul(constantOf(c.trace, seen));
  const u = twoSided(first.u, second.u);
  const ut = twoSided(denseTranspose(first.u), denseTranspose(second.u));
  return {
    shape,
    singularValues,
    v: twoSided(first.v, second.v),
    vt: twoSided(denseTranspose(first.v), denseTranspose(second.v)),
    u: (c) => u(seenOnly(c)),
    ut: (y) => seenOnly(ut(y)),
  };
}

const cutOff = (values: Float64Array, threshold: number): Float64Array => values.map((s) => (s < Math.max(threshold, 1e-7) ? 0 : s));

/** [C,H,W]: the value at each coefficient of each channel. */
function legacyValues(channels: number, first: Float64Array, second: Float64Array): HostTensor {
  const size = first.length * second.length;
  const products = Float64Array.from({ length: size }, (_, i) => first[Math.floor(i / second.length)]! * second[i % second.length]!);
  const order = Array.from(products.keys()).sort((i, j) => products[j]! - products[i]!);
  const data = new Float32Array(channels * size);
  for (let c = 0; c < channels; c++) {
    order.forEach((coefficient, p) => (data[c * size + coefficient] = products[order[(channels * p + c) % size]!]!));
  }
  return { shape: [channels, first.length, second.length], dtype: "float32", data };
}

/** x -> left x right^T. */
function twoSided(left: DenseMatrix, right: DenseMatrix): (x: Tensor) => Tensor {
  const [fromLeft, fromRight] = [denseToHost(left), denseToHost(denseTranspose(right))];
  return (x) => constantOf(x.trace, fromLeft).matmul(x.matmul(constantOf(x.trace, fromRight)));
}
