/** Geometry of the small charts: points of the page for numbers. */

export interface Point {
  readonly x: number;
  readonly y: number;
}

export interface Axis {
  readonly low: number;
  readonly high: number;
  readonly ticks: readonly number[];
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

/** The largest of 1, 2 and 5 times a power of ten that is not above. */
function roundStep(span: number): number {
  const power = 10 ** Math.floor(Math.log10(span));
  return ([5, 2, 1].find((factor) => factor * power <= span) ?? 1) * power;
}

export const across = ({ low, high }: Axis, value: number): number =>
  frame.left + ((value - low) / (high - low || 1)) * (frame.width - frame.left - frame.right);

export const up = ({ low, high }: Axis, value: number): number =>
  frame.height - frame.bottom - ((value - low) / (high - low || 1)) * (frame.height - frame.top - frame.bottom);

/** The path of a line through points. */
export const pathOf = (points: readonly Point[]): string =>
  points.map(({ x, y }, i) => `${i === 0 ? "M" : "L"}${x.toFixed(1)} ${y.toFixed(1)}`).join("");
