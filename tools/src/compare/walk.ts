/** What a checkout is asked to walk. */
import { defined } from "@leader/graph";
export interface WalkRequest {
  readonly checkout: string;
  /** Names of tasks or of presets (`method/task`); empty: all. */
  readonly tasks: readonly string[];
  readonly seeds: readonly number[];
  readonly steps: number;
  /** Side of the picture in pixels. */
  readonly side: number;
}

/** A trajectory by its hashes, or why there is none. */
export type Walk = WalkName & (Walked | { readonly error: string });

interface WalkName {
  readonly preset: string;
  readonly variant: string;
  readonly seed: number;
}

interface Walked {
  readonly measurement: string;
  /** Of the estimate, the variance, the decision and what was observed, by step. */
  readonly steps: readonly string[];
  readonly evaluations: number;
  readonly result: string;
}

/** What two checkouts made of one walk. */
export interface Comparison extends WalkName {
  readonly steps: number;
  /** Undefined where both are the same to the last bit. */
  readonly difference?: string;
}

const nameOf = ({ preset, variant, seed }: WalkName): string => `${preset} ${variant} ${seed}`;

/** Compares the walks of two checkouts, by name. A walk that one of them has not is a difference; so is one that failed in one alone. */
export function compareWalks(base: readonly Walk[], other: readonly Walk[]): readonly Comparison[] {
  const byName = (walks: readonly Walk[]): ReadonlyMap<string, Walk> => new Map(walks.map((walk) => [nameOf(walk), walk]));
  const [left, right] = [byName(base), byName(other)];
  return [...new Set([...left.keys(), ...right.keys()])].map((name) => {
    const [a, b] = [left.get(name), right.get(name)];
    const { preset, variant, seed } = (a ?? b)!;
    const steps = a !== undefined && "steps" in a ? a.steps.length : 0;
    const difference = a === undefined ? "only in the other" : b === undefined ? "only in the base" : differenceOf(a, b);
    return { preset, variant, seed, steps, ...defined({ difference }) };
  });
}

function differenceOf(a: Walk, b: Walk): string | undefined {
  if ("error" in a || "error" in b) {
    const [left, right] = [a, b].map((walk) => ("error" in walk ? walk.error : "no error"));
    return left === right ? undefined : `${left}; the other: ${right}`;
  }
  if (a.measurement !== b.measurement) return "the measurement";
  if (a.steps.length !== b.steps.length) return `${a.steps.length} steps; the other: ${b.steps.length}`;
  const step = a.steps.findIndex((hash, i) => hash !== b.steps[i]);
  if (step >= 0) return `step ${step} of ${a.steps.length}`;
  if (a.evaluations !== b.evaluations) return `${a.evaluations} evaluations; the other: ${b.evaluations}`;
  return a.result === b.result ? undefined : "the result";
}

/** One line per preset, with the first difference of each, and the sum. */
export function formatComparison(comparisons: readonly Comparison[], refused: number): string {
  const presets = [...new Set(comparisons.map(({ preset }) => preset))];
  const width = Math.max(...presets.map((name) => name.length), 6);
  const rows = presets.map((preset) => {
    const walks = comparisons.filter((walk) => walk.preset === preset);
    const differing = walks.find(({ difference }) => difference !== undefined);
    const steps = walks.reduce((sum, walk) => sum + walk.steps, 0);
    const verdict =
      differing === undefined ? "the same bits" : `DIFFERS: ${differing.variant}, seed ${differing.seed}: ${differing.difference!}`;
    return `${preset.padEnd(width)}  ${String(walks.length).padStart(5)}  ${String(steps).padStart(5)}  ${verdict}`;
  });
  const differences = comparisons.filter(({ difference }) => difference !== undefined).length;
  const steps = comparisons.reduce((sum, walk) => sum + walk.steps, 0);
  const alike = refused === 0 ? "" : `, ${refused} refused alike by both`;
  return [
    `${"preset".padEnd(width)}  walks  steps  verdict`,
    ...rows,
    `${comparisons.length} trajectories with ${steps} steps compared, ${differences} differ${alike}`,
    "",
  ].join("\n");
}
