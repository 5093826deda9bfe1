/** Geometry of the small charts: points of the page for numbers. */

export interface Point {
  readonly x: number;
  readonly y: number;
}

export interface Axis {
  readonly low: number;
  readonly high: number;
  readonly ticks: readonly number[];
  /** Equal distances are equal ratios. */
  readonly logarithmic?: true;
}

export const frame = { width: 400, height: 210, left: 48, right: 10, top: 12, bottom: 40 } as const;

/** An axis from 0 or the least value to the largest, with 3 to 6 round ticks. */
export function axisOf(values: readonly number[]): Axis {
  const low = Math.min(0, ...values);
  const high = Math.max(low + Number.MIN_VALUE, ...values);
  const step = roundStep((high - low) / 4);
  const ticks: number[] = [];
  for (let k = Math.ceil(low / step); k * step <= high + step / 1e6; k++) ticks.push(Number((k * step).toPrecision(12)));
  return { low, high, ticks };
}

/** The axis of positive values that span several powers of ten, with a tick at 2 to 6 of these; of other values a plain one. */
export function ratioAxisOf(values: readonly number[]): Axis {
  const [low, high] = [Math.min(...values), Math.max(...values)];
  if (!(low > 0 && high / low >= 10)) return axisOf(values);
  const [first, last] = [Math.floor(Math.log10(low)), Math.ceil(Math.log10(high))];
  const stride = Math.ceil((last - first) / 5);
  const ticks: number[] = [];
  for (let power = first; power <= last; power += stride) ticks.push(Number(`1e${power}`));
  return { low: 10 ** first, high: 10 ** last, ticks, logarithmic: true };
}

/** The largest of 1, 2 and 5 times a power of ten that is not above. */
function roundStep(span: number): number {
  const power = 10 ** Math.floor(Math.log10(span));
  return ([5, 2, 1].find((factor) => factor * power <= span) ?? 1) * power;
}

/** The share of an axis that lies before a value. */
function shareOf({ low, high, logarithmic }: Axis, value: number): number {
  if (logarithmic === true) return Math.log(value / low) / Math.log(high / low);
  return (value - low) / (high - low || 1);
}

export const across = (axis: Axis, value: number): number => frame.left + shareOf(axis, value) * (frame.width - frame.left - frame.right);

export const up = (axis: Axis, value: number): number =>
  frame.height - frame.bottom - shareOf(axis, value) * (frame.height - frame.top - frame.bottom);

/** The path of a line through points. */
export const pathOf = (points: readonly Point[]): string =>
  points.map(({ x, y }, i) => `${i === 0 ? "M" : "L"}${x.toFixed(1)} ${y.toFixed(1)}`).join("");
