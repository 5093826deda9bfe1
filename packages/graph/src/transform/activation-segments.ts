/** A value of a network's pass forward; its place in the order of computation is its position in the list. */
export interface Activation {
  readonly bytes: number;
  /** Position of the last activation that is computed from it; less than its own if none is. */
  readonly lastRead: number;
  /** True if the pass back reads it. */
  readonly pulled: boolean;
}

/** How fine the largest segment is searched: the share of all bytes that it may hold is halved 8 times in steps of a quarter. */
const [halvings, fineness] = [8, 4];

/**
 * Where to cut a pass forward into segments, if all that crosses a cut is kept and the inside of one segment at a time: starts of the segments, the
 * first of which is 0. Least memory decides, found for a series of limits on the inside by dynamic programming.
 */
export function segmentsOf(activations: readonly Activation[]): readonly number[] {
  const all = activations.reduce((sum, { bytes, pulled }) => sum + (pulled ? bytes : 0), 0);
  const limits = Array.from({ length: halvings * fineness + 1 }, (_, i) => all * 2 ** (-i / fineness));
  const plans = limits.flatMap((limit) => cheapestCuts(activations, limit) ?? []);
  const none: Cuts = { bytes: Infinity, starts: [0] };
  return plans.reduce((a, b) => (b.bytes < a.bytes ? b : a), none).starts;
}

interface Cuts {
  readonly bytes: number;
  readonly starts: readonly number[];
}

/** The cuts with the fewest bytes crossing if no segment holds more than `limit`; undefined if there are none. */
function cheapestCuts(activations: readonly Activation[], limit: number): Cuts | undefined {
  const count = activations.length;
  const readLastBy = Array.from({ length: count }, (): number[] => []);
  for (const [i, { lastRead }] of activations.entries()) readLastBy[Math.max(i, lastRead)]!.push(i);
  /** By end of the last segment. */
  const least = new Float64Array(count + 1).fill(Infinity);
  const from = new Int32Array(count + 1);
  least[0] = 0;
  for (let start = 0; start < count; start++) {
    if (least[start] === Infinity) continue;
    let [crossing, inside] = [0, 0];
    for (let end = start; end < count && inside <= limit; end++) {
      crossing += activations[end]!.bytes;
      for (const i of readLastBy[end]!) {
        if (i < start) continue;
        const { bytes, pulled } = activations[i]!;
        crossing -= bytes;
        if (pulled) inside += bytes;
      }
      if (inside > limit || least[start]! + crossing >= least[end + 1]!) continue;
      least[end + 1] = least[start]! + crossing;
      from[end + 1] = start;
    }
  }
  if (least[count] === Infinity) return undefined;
  const starts: number[] = [];
  for (let end = count; end > 0; end = from[end]!) starts.unshift(from[end]!);
  return { bytes: least[count]! + limit, starts };
}
