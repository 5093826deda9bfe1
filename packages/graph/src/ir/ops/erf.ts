const twoOverRootPi = 2 / Math.sqrt(Math.PI);

/** Below this the series needs at most some 60 terms; above it the continued fraction converges quickly. */
const crossover = 2.5;

/**
 * Error function to about 1e-16 absolute.
 * Series with positive terms only, so nothing cancels: NIST DLMF (7.6.2); continued fraction of erfc: DLMF (7.9.1).
 */
export function erf(x: number): number {
  const magnitude = Math.abs(x);
  if (magnitude > 6 || Number.isNaN(x)) return Math.sign(x);
  return Math.sign(x) * (magnitude < crossover ? series(magnitude) : 1 - complement(magnitude));
}

/** 2/sqrt(pi) e^(-x^2) sum over n of 2^n x^(2n+1) / (1 3 5 ... (2n+1)). */
function series(x: number): number {
  let term = x;
  let sum = x;
  for (let n = 1; term > sum * 1e-17; n++) {
    term *= (2 * x * x) / (2 * n + 1);
    sum += term;
  }
  return twoOverRootPi * Math.exp(-x * x) * sum;
}

/** erfc(x) = e^(-x^2)/sqrt(pi) 1/(x + (1/2)/(x + 1/(x + (3/2)/(x + ...)))), evaluated from the inside. */
function complement(x: number): number {
  let tail = x;
  for (let n = 60; n >= 1; n--) tail = x + n / 2 / tail;
  return Math.exp(-x * x) / Math.sqrt(Math.PI) / tail;
}
