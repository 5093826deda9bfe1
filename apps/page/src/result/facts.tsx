import type { JSX } from "preact";
import type { Report } from "../api/views.js";
import { short } from "./scale.js";

/** The run in numbers. */
export function Facts({
  report,
  width,
  height,
}: {
  readonly report: Report;
  readonly width: number;
  readonly height: number;
}): JSX.Element {
  const facts: readonly (readonly [string, string])[] = [
    ["Size", `${width} × ${height}`],
    ["Steps", String(report.steps.length)],
    ["Evaluations", String(report.evaluations)],
    ["Seconds", report.seconds.toFixed(1)],
    ...(report.noise === undefined
      ? []
      : [[report.noise.length === 1 ? "Noise" : "Noise, black to white", report.noise.map(short).join(" to ")] as const]),
    ...(report.peakMemoryMiB === undefined ? [] : [["Memory", `${Math.round(report.peakMemoryMiB)} MiB`] as const]),
  ];
  return (
    <>
      <dl class="facts">
        {facts.map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
      <p class="hint">{report.backend}</p>
      {report.notes.map((note) => (
        <p key={note} class="note">
          {note}
        </p>
      ))}
    </>
  );
}
