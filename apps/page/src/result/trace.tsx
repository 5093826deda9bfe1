import type { JSX } from "preact";
import type { Step } from "../api/views.js";
import { across, axisOf, frame, pathOf, up, type Axis } from "./line-chart.js";
import { short } from "./scale.js";

/** The way that the sampler went: noise level and uncertainty by step, as charts and as a table. */
export function Trace({ steps }: { readonly steps: readonly Step[] }): JSX.Element | null {
  if (steps.length === 0) return null;
  const uncertain = steps.flatMap(({ step, uncertainty }) => (uncertainty === undefined ? [] : [{ step, value: uncertainty }]));
  return (
    <section aria-labelledby="trace-title">
      <h2 id="trace-title">Steps</h2>
      <div class="plots">
        <Chart title="Noise level (timestep)" points={steps.map(({ step, from }) => ({ step, value: from }))} />
        {uncertain.length === 0 ? null : <Chart title="Mean predicted variance" points={uncertain} second />}
      </div>
      <details>
        <summary>The same as a table</summary>
        <StepTable steps={steps} />
      </details>
    </section>
  );
}

interface ChartProps {
  readonly title: string;
  readonly points: readonly { readonly step: number; readonly value: number }[];
  readonly second?: boolean;
}

function Chart({ title, points, second = false }: ChartProps): JSX.Element {
  const y = axisOf(points.map(({ value }) => value));
  const x = axisOf(points.map(({ step }) => step));
  const at = points.map(({ step, value }) => ({ x: across(x, step), y: up(y, value), step, value }));
  const [first, last] = [points[0], points.at(-1)];
  const said =
    first && last ? `${title}: from ${short(first.value)} in step ${first.step} to ${short(last.value)} in step ${last.step}` : title;
  return (
    <figure class="plot">
      <figcaption>{title}</figcaption>
      <svg viewBox={`0 0 ${frame.width} ${frame.height}`} role="img" aria-label={said} class={second ? "second" : ""}>
        <Axes x={x} y={y} />
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

function Axes({ x, y }: { readonly x: Axis; readonly y: Axis }): JSX.Element {
  const bottom = frame.height - frame.bottom;
  return (
    <g class="axes">
      {y.ticks.map((tick) => (
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
  const uncertain = steps.some(({ uncertainty }) => uncertainty !== undefined);
  return (
    <div class="scroll" role="region" aria-label="Steps" tabIndex={0}>
      <table>
        <thead>
          <tr>
            <th scope="col">Step</th>
            <th scope="col">From level</th>
            <th scope="col">To level</th>
            {uncertain ? <th scope="col">Mean variance</th> : null}
          </tr>
        </thead>
        <tbody>
          {steps.map(({ step, from, to, uncertainty }) => (
            <tr key={step}>
              <th scope="row">{step}</th>
              <td>{from}</td>
              <td>{to === undefined ? "end" : to < 0 ? "clean" : to}</td>
              {uncertain ? <td>{uncertainty === undefined ? "" : short(uncertainty)}</td> : null}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
