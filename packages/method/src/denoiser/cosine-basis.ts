import type { HostTensor } from "@leader/core";

/** The orthonormal cosine basis (DCT-II) of n samples: row k is the k-th frequency. */
export function cosineBasis(n: number): Float64Array {
  return Float64Array.from({ length: n * n }, (_, flat) => {
    const [k, i] = [Math.floor(flat / n), flat % n];
    return Math.sqrt((k === 0 ? 1 : 2) / n) * Math.cos((Math.PI * (i + 0.5) * k) / n);
  });
}

/** A square matrix as a constant of the graph, its entries mapped first. */
export function matrix(n: number, values: Float64Array, f: (value: number) => number = (value) => value): HostTensor {
  return { shape: [n, n], dtype: "float32", data: Float32Array.from(values, f) };
}

export function transposed(n: number, values: Float64Array): Float64Array {
  return values.map((_, flat) => values[(flat % n) * n + Math.floor(flat / n)]!);
}
