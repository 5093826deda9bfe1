import type { Bench } from "./bench-file.js";
import type { Reduction } from "./reduce.js";
import { difference, type Difference } from "./statistics.js";

export type Dominance = "dominates" | "is dominated" | "not significant" | "too few pictures" | "out of reach";

/** A point of a curve in the plane of PSNR and LPIPS: means over pictures. */
export interface CurvePoint {
  readonly method: string;
  readonly label: string;
  readonly psnr: number;
  readonly lpips: number;
  readonly evaluations: number;
}

/** The points of a swept method that differ in the option it runs along, or one method that is not swept. */
export interface Curve {
  readonly origin: string;
  readonly name: string;
  readonly title: string;
  readonly points: readonly CurvePoint[];
}

/** A point judged against the curve of another method. */
export interface PointJudgement {
  readonly point: CurvePoint;
  /** The curve that it is compared with. */
  readonly curve: string;
  /** PSNR over that of the other curve at equal mean LPIPS, paired by picture; missing where the curve does not reach that LPIPS. */
  readonly psnr?: Difference;
  /** LPIPS over that of the other curve at equal mean PSNR; the lower, the better. */
  readonly lpips?: Difference;
  /** The point beats every point of the curve in both: both are to the best of them in that measure, and at equality would be more. */
  readonly atLeast: boolean;
  readonly verdict: Dominance;
}

/** One comparison of the bench on one task. */
export interface FrontierJudgement {
  readonly title: string;
  readonly task: string;
  readonly points: readonly PointJudgement[];
  /** PSNR at equal LPIPS, mean over the points of each picture. */
  readonly psnr?: Difference;
  readonly lpips?: Difference;
  /** True if some of the points are so much better that only a bound is known. */
  readonly atLeast: boolean;
  readonly verdict: Dominance;
}

type Values = ReadonlyMap<number, number>;
type Measure = "psnr" | "lpips";

/** A place on a curve: between two neighbouring points, as a share of the way. */
interface Place {
  readonly before: CurvePoint;
  readonly after: CurvePoint;
  readonly share: number;
}

/** The curves of a task, in the order of the file. */
export function curvesOf({ file, points }: Bench, task: string, reduction: Reduction): readonly Curve[] {
  const curves = new Map<string, { readonly origin: string; readonly title: string; readonly points: CurvePoint[] }>();
  for (const [method, { title = method }] of Object.entries(file.methods)) {
    const point = pointOf(reduction, task, method, points.get(method)?.label ?? title);
    if (point === undefined) continue;
    const { origin, curve, curveTitle } = points.get(method) ?? { origin: method, curve: method, curveTitle: title };
    const known = curves.get(curve) ?? { origin, title: curveTitle, points: [] };
    known.points.push(point);
    curves.set(curve, known);
  }
  return [...curves].map(([name, curve]) => ({ name, ...curve }));
}

function pointOf(reduction: Reduction, task: string, method: string, label: string): CurvePoint | undefined {
  const [psnr, lpips, evaluations] = (["psnr", "lpips", "evaluations"] as const).map((column) =>
    meanOf(reduction.valuesByPicture(task, method, column)),
  );
  return psnr === undefined || lpips === undefined ? undefined : { method, label, psnr, lpips, evaluations: evaluations! };
}

/** Judges every frontier of the file on every task. */
export function judgeFrontiers(bench: Bench, reduction: Reduction): readonly FrontierJudgement[] {
  return bench.file.frontiers.flatMap(({ method, than, title }) =>
    Object.keys(bench.file.tasks).flatMap((task) => {
      const curves = curvesOf(bench, task, reduction);
      const ours = curves.filter(({ origin }) => origin === method);
      const theirs = curves.filter(({ origin }) => origin === than);
      if (ours.length === 0 || theirs.length === 0) return [];
      const values = (name: string, measure: Measure): Values => reduction.valuesByPicture(task, name, measure);
      const name = title ?? `${method} against ${than}`;
      return [judgeCurves(ours, theirs, { title: name, task }, values)];
    }),
  );
}

type ValuesOf = (method: string, measure: Measure) => Values;

/**
 * Points against the curve of the other method whose number of evaluations is nearest. A place on that curve is found by the means over
 * pictures; there the values of every picture are interpolated between the two neighbouring points, so that the comparison stays paired.
 */
function judgeCurves(
  ours: readonly Curve[],
  theirs: readonly Curve[],
  head: { readonly title: string; readonly task: string },
  values: ValuesOf,
): FrontierJudgement {
  const judged = ours.flatMap(({ points }) =>
    points.map((point) => {
      const other = nearestCurve(point, theirs);
      const atLeast = beatsAll(point, other);
      const gain = atLeast ? gainOverBest : gainAt;
      return {
        point,
        curve: other.title,
        atLeast,
        gains: { psnr: gain(point, other, "psnr", values), lpips: gain(point, other, "lpips", values) },
      };
    }),
  );
  const key = `${head.title}:${head.task}`;
  const judgements = judged.map(({ point, curve, atLeast, gains }): PointJudgement => {
    const [psnr, lpips] = [differenceOf(gains.psnr, `${key}:psnr`), differenceOf(gains.lpips, `${key}:lpips`)];
    return { point, curve, ...psnr, ...lpips, atLeast, verdict: verdictOf(psnr.psnr, lpips.lpips, atLeast) };
  });
  const mean = (measure: Measure): Partial<Record<Measure, Difference>> =>
    differenceOf(pictureMeans(judged.flatMap(({ gains }) => gains[measure] ?? [])), `${key}:${measure}`);
  const [psnr, lpips] = [mean("psnr"), mean("lpips")];
  const atLeast = judgements.some((one) => one.atLeast);
  const beyond = judgements.every((one) => one.atLeast);
  return { ...head, points: judgements, ...psnr, ...lpips, atLeast, verdict: verdictOf(psnr.psnr, lpips.lpips, beyond) };

  function differenceOf(gains: Values | undefined, name: string): Partial<Record<Measure, Difference>> {
    if (gains === undefined || gains.size === 0) return {};
    const measure = name.endsWith("psnr") ? "psnr" : "lpips";
    return {
      [measure]: difference(
        [...gains.values()].map((gain) => [gain, 0] as const),
        name,
      ),
    };
  }
}

/**
 * Better in PSNR at equal LPIPS decides, and the reverse where the curve does not reach that LPIPS. @param beyond better in both than the whole curve:
 * then a significant difference in either decides.
 */
function verdictOf(psnr: Difference | undefined, lpips: Difference | undefined, beyond: boolean): Dominance {
  if (beyond && (psnr?.significant === true || lpips?.significant === true)) return "dominates";
  const change = psnr ?? lpips;
  if (change === undefined) return "out of reach";
  if (change.significant === undefined) return "too few pictures";
  if (!change.significant) return "not significant";
  return (psnr === undefined ? -change.mean : change.mean) > 0 ? "dominates" : "is dominated";
}

function nearestCurve(point: CurvePoint, curves: readonly Curve[]): Curve {
  const distance = ({ points }: Curve): number =>
    Math.min(...points.map(({ evaluations }) => Math.abs(Math.log(evaluations / point.evaluations))));
  return curves.reduce((best, curve) => (distance(curve) < distance(best) ? curve : best));
}

/** Better in both measures than every point of a curve, which then has no place to compare it with. */
const beatsAll = (point: CurvePoint, { points }: Curve): boolean =>
  points.every(({ psnr, lpips }) => point.psnr > psnr && point.lpips < lpips);

/** Per picture: the point's measure minus that of the curve's best point in it. */
function gainOverBest(point: CurvePoint, { points }: Curve, measure: Measure, values: ValuesOf): Values {
  const best = points.reduce((a, b) => (isBetter(measure, b[measure], a[measure]) ? b : a));
  return gainOver(point, { before: best, after: best, share: 0 }, measure, values);
}

/** Per picture: the point's measure minus that of the curve where its other measure equals the point's. */
function gainAt(point: CurvePoint, { points }: Curve, measure: Measure, values: ValuesOf): Values | undefined {
  const equal = measure === "psnr" ? "lpips" : "psnr";
  const places = placesAt(points, equal, point[equal]);
  if (places.length === 0) return undefined;
  // A curve that is passed twice is taken where it is better.
  const best = places.reduce((a, b) => (isBetter(measure, at(b, measure), at(a, measure)) ? b : a));
  return gainOver(point, best, measure, values);
}

const isBetter = (measure: Measure, value: number, than: number): boolean => (measure === "psnr" ? value > than : value < than);

/** Per picture: the point's measure minus that of a place. */
function gainOver(point: CurvePoint, place: Place, measure: Measure, values: ValuesOf): Values {
  const ours = values(point.method, measure);
  const [before, after] = [values(place.before.method, measure), values(place.after.method, measure)];
  const gains = [...ours].flatMap(([picture, value]) => {
    const [from, to] = [before.get(picture), after.get(picture)];
    return from === undefined || to === undefined ? [] : [[picture, value - (from + (to - from) * place.share)] as const];
  });
  return new Map(gains);
}

function placesAt(points: readonly CurvePoint[], measure: Measure, value: number): readonly Place[] {
  return points.flatMap((after, i) => {
    const before = points[i - 1];
    if (before === undefined) return after[measure] === value ? [{ before: after, after, share: 0 }] : [];
    const [from, to] = [before[measure], after[measure]];
    if (value < Math.min(from, to) || value > Math.max(from, to)) return [];
    return [{ before, after, share: from === to ? 0 : (value - from) / (to - from) }];
  });
}

const at = ({ before, after, share }: Place, measure: Measure): number => before[measure] + (after[measure] - before[measure]) * share;

function pictureMeans(gains: readonly Values[]): Values {
  const pictures = new Set(gains.flatMap((one) => [...one.keys()]));
  return new Map(
    [...pictures].map((picture) => [
      picture,
      meanOf(new Map(gains.flatMap((one, i) => (one.has(picture) ? [[i, one.get(picture)!]] : []))))!,
    ]),
  );
}

const meanOf = (values: Values): number | undefined =>
  values.size === 0 ? undefined : [...values.values()].reduce((a, b) => a + b, 0) / values.size;
