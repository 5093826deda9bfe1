import type { JSX } from "preact";
import type { Step } from "../api/views.js";
import { across, axisOf, frame, pathOf, ratioAxisOf, up, type Axis } from "./line-chart.js";
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

interface ChartProps {
  readonly title: string;
  readonly points: readonly { readonly step: number; readonly value: number }[];
  readonly kind: Curve;
  /** The values count something, from 0. */
  readonly whole: boolean;
}

function Chart({ title, points, kind, whole }: ChartProps): JSX.Element | null {
  if (points.length < 2) return null;
  const y = (whole ? axisOf : ratioAxisOf)(points.map(({ value }) => value));
  const x = axisOf(points.map(({ step }) => step));
  const at = points.map(({ step, value }) => ({ x: across(x, step), y: up(y, value), step, value }));
  const [first, last] = [points[0], points.at(-1)];
  const said =
    first && last ? `${title}: from ${short(first.value)} in step ${first.step} to ${short(last.value)} in step ${last.step}` : title;
  return (
    <figure class="plot">
      <figcaption>{title}</figcaption>
      <svg viewBox={`0 0 ${frame.width} ${frame.height}`} role="img" aria-label={said} class={kind}>
        <Axes x={x} y={y} whole={whole} />
        <path class="line" d={pathOf(at)} />
        {at.map((point) => (
          <circle key={point.step} cx={point.x} cy={point.y} r={3}>
            <title>{`step ${point.step}: ${short(point.value)}`}</title>
          </circle>
        ))}
      </svg>
    </figure>
  );
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
