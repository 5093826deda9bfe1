/** Symmetric reflection about the outer edge of the edge pixels (which repeats them), as often as it takes to reach 0..n-1. */
export function reflected(index: number, n: number): number {
  const folded = ((index % (2 * n)) + 2 * n) % (2 * n);
  return folded < n ? folded : 2 * n - 1 - folded;
}
