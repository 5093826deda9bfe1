import type { JSX } from "preact";
import type { Step } from "../api/views.js";
import { across, axisOf, frame, pathOf, ratioAxisOf, up, type Axis, type Point } from "./line-chart.js";
import { short } from "./scale.js";

/** The way that the sampler goes: noise, uncertainty and evaluations by step, as charts and as a table. */
export function Trace({ steps }: { readonly steps: readonly Step[] }): JSX.Element | null {
  // One point is no way yet, and has no scale.
  if (steps.length < 2) return null;
  return (
    <section aria-labelledby="trace-title">
      <h2 id="trace-title">Steps</h2>
      <div class="plots">
        {curves.map(({ key, title, whole }) => (
          <Chart key={key} title={title} kind={key} points={pointsOf(steps, key)} whole={whole} />
        ))}
      </div>
      <p class="hint">σ and the variance are those of pictures in −1 to 1. Both have logarithmic scales where they span powers of ten.</p>
      <details>
        <summary>The same as a table</summary>
        <StepTable steps={steps} />
      </details>
    </section>
  );
}

type Curve = "sigma" | "uncertainty" | "evaluations";

const curves: readonly { readonly key: Curve; readonly title: string; readonly whole: boolean }[] = [
  { key: "sigma", title: "Noise σ at the beginning of the step", whole: false },
  { key: "uncertainty", title: "Mean predicted variance U", whole: false },
  { key: "evaluations", title: "Evaluations so far", whole: true },
];

const pointsOf = (steps: readonly Step[], key: Curve): ChartProps["points"] =>
  steps.flatMap(({ step, [key]: value }) => (value === undefined ? [] : [{ step, value }]));

interface ChartPoint {
  readonly step: number;
  readonly value: number;
}

interface ChartProps {
  readonly title: string;
  readonly points: readonly ChartPoint[];
  readonly kind: Curve;
  /** The values count something, from 0. */
  readonly whole: boolean;
}

function Chart({ title, points, kind, whole }: ChartProps): JSX.Element | null {
  if (points.length < 2) return null;
  const runs = whole ? [points] : positiveRuns(points);
  const shown = runs.flat();
  const y = (whole ? axisOf : ratioAxisOf)(shown.map(({ value }) => value));
  const x = axisOf(points.map(({ step }) => step));
  const at = ({ step, value }: ChartPoint): Point => ({ x: across(x, step), y: up(y, value) });
  const lost = points.filter((point) => !shown.includes(point));
  const [first, last] = [points[0], points.at(-1)];
  const said =
    first && last ? `${title}: from ${short(first.value)} in step ${first.step} to ${short(last.value)} in step ${last.step}` : title;
  return (
    <figure class="plot">
      <figcaption>{`${title}${lost.length === 0 ? "" : "; triangles: estimates that are not positive"}`}</figcaption>
      <svg viewBox={`0 0 ${frame.width} ${frame.height}`} role="img" aria-label={said} class={kind}>
        <Axes x={x} y={y} whole={whole} />
        {runs.map((run) => (
          <path key={run[0]?.step} class="line" d={pathOf(run.map(at))} />
        ))}
        {shown.map((point) => (
          <circle key={point.step} cx={at(point).x} cy={at(point).y} r={3}>
            <Tip {...point} />
          </circle>
        ))}
        {lost.map((point) => (
          <path key={point.step} class="lost" d={`M${across(x, point.step) - 5} ${frame.height - frame.bottom - 8}h10l-5 8z`}>
            <Tip {...point} />
          </path>
        ))}
      </svg>
    </figure>
  );
}

const Tip = ({ step, value }: ChartPoint): JSX.Element => <title>{`step ${step}: ${short(value)}`}</title>;

/** Values of a logarithmic scale; what is not positive interrupts the line. All of them where none is positive. */
function positiveRuns(points: readonly ChartPoint[]): readonly (readonly ChartPoint[])[] {
  if (points.every(({ value }) => value <= 0)) return [points];
  const runs: ChartPoint[][] = [];
  let run: ChartPoint[] | undefined;
  for (const point of points) {
    if (point.value <= 0) run = undefined;
    else if (run === undefined) runs.push((run = [point]));
    else run.push(point);
  }
  return runs;
}

function Axes({ x, y, whole }: { readonly x: Axis; readonly y: Axis; readonly whole: boolean }): JSX.Element {
  const bottom = frame.height - frame.bottom;
  return (
    <g class="axes">
      {y.ticks
        .filter((tick) => !whole || Number.isInteger(tick))
        .map((tick) => (
          <g key={tick}>
            <line x1={frame.left} x2={frame.width - frame.right} y1={up(y, tick)} y2={up(y, tick)} />
            <text x={frame.left - 6} y={up(y, tick) + 4} text-anchor="end">
              {short(tick)}
            </text>
          </g>
        ))}
      {x.ticks.filter(Number.isInteger).map((tick) => (
        <text key={tick} x={across(x, tick)} y={bottom + 18} text-anchor="middle">
          {tick}
        </text>
      ))}
      <text class="unit" x={frame.width - frame.right} y={frame.height - 1} text-anchor="end">
        step →
      </text>
    </g>
  );
}

function StepTable({ steps }: { readonly steps: readonly Step[] }): JSX.Element {
  const shown = columns.filter(({ textOf }) => steps.some((step) => textOf(step) !== undefined));
  return (
    <div class="scroll" role="region" aria-label="Table of the steps" tabIndex={0}>
      <table>
        <thead>
          <tr>
            <th scope="col">Step</th>
            {shown.map(({ title }) => (
              <th key={title} scope="col">
                {title}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {steps.map((step) => (
            <tr key={step.step}>
              <th scope="row">{step.step}</th>
              {shown.map(({ title, textOf }) => (
                <td key={title}>{textOf(step)}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

const shortIf = (value: number | undefined): string | undefined => (value === undefined ? undefined : short(value));

const columns: readonly { readonly title: string; readonly textOf: (step: Step) => string | undefined }[] = [
  { title: "Noise σ", textOf: ({ sigma }) => shortIf(sigma) },
  { title: "Variance U", textOf: ({ uncertainty }) => shortIf(uncertainty) },
  { title: "Evaluations", textOf: ({ evaluations }) => evaluations?.toString() },
  { title: "From level", textOf: ({ from }) => from?.toString() },
  {
    title: "To level",
    textOf: ({ from, to }) => (from === undefined ? undefined : to === undefined ? "end" : to === 0 ? "clean" : String(to)),
  },
];
