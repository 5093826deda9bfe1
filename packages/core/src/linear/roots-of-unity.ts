/** Tables that are kept; sizes of pictures come and go. */
const keptTables = 8;
const tables = new Map<number, Roots>();

/** e^(-2 pi i k / n) for k = 0..n-1. */
interface Roots {
  readonly cosine: Float64Array;
  readonly sine: Float64Array;
}

/** The n-th roots of unity. Where k is a product it is reduced by n first, so that large ones keep their digits. */
export function rootsOfUnity(n: number): Roots {
  const known = tables.get(n);
  if (known !== undefined) return known;
  const angle = (k: number): number => (-2 * Math.PI * k) / n;
  const made = {
    cosine: Float64Array.from({ length: n }, (_, k) => Math.cos(angle(k))),
    sine: Float64Array.from({ length: n }, (_, k) => Math.sin(angle(k))),
  };
  if (tables.size >= keptTables) tables.delete(tables.keys().next().value!);
  tables.set(n, made);
  return made;
}

/** k as one of 0..n-1. */
export const modulo = (k: number, n: number): number => ((k % n) + n) % n;
