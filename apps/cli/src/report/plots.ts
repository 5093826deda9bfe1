import type * as PlotLibrary from "@observablehq/plot";
import type * as DocumentLibrary from "linkedom";
import { errors } from "../error-codes.js";
import type { Calibration } from "./calibration.js";
import { escapeHtml, raw, type Html } from "./html.js";
import type { StepFacts } from "./run-facts.js";

/** Rank correlations of one step. */
export interface RankPoint {
  readonly step: number;
  readonly byPixel: number | undefined;
  readonly byBlock: number | undefined;
}

/** The drawings of a report, as SVG that takes its colours from the page. */
export interface Plots {
  /** A colour `#rrggbb` for a number from 0 to 1. */
  colour(unit: number): string;
  uncertainty(steps: readonly StepFacts[]): Html;
  levels(steps: readonly StepFacts[]): Html;
  stepSizes(steps: readonly StepFacts[]): Html;
  stepTimes(steps: readonly StepFacts[]): Html;
  reliability(calibration: Calibration, label: string): Html;
  ranks(points: readonly RankPoint[]): Html;
}

const size = { width: 400, height: 250, marginLeft: 56, marginBottom: 38, marginTop: 26, style: { fontSize: "13px" } } as const;
const first = "var(--accent)";
const second = "var(--accent-2)";

/** A number as an axis or a label shows it. */
export const short = (value: number): string =>
  value === 0
    ? "0"
    : Math.abs(value) >= 0.001 && Math.abs(value) < 10000
      ? String(Number(value.toPrecision(3)))
      : value.toExponential(1).replace(".0e", "e");

/** Ticks of a logarithmic axis: powers of ten, and steps between them where those are few. */
export function logTicks(low: number, high: number): readonly number[] {
  const ticks = (factors: readonly number[]): readonly number[] => {
    const list: number[] = [];
    for (let k = Math.floor(Math.log10(low)); k <= Math.log10(high); k++) list.push(...factors.map((f) => Number(`${f}e${k}`)));
    return list.filter((tick) => tick >= low && tick <= high);
  };
  const powers = ticks([1]);
  return powers.length >= 3 ? powers : ticks([1, 2, 5]);
}

/** What draws: the library, and how a drawing of it becomes part of a page. */
interface Pen {
  readonly Plot: typeof PlotLibrary;
  readonly draw: (ariaLabel: string, options: object) => Html;
}

/**
 * Loads what draws: only for commands that draw, since it is not installed with the command line.
 * @throws REPORT_LIBRARIES_MISSING
 */
export async function drawingLibraries(): Promise<readonly [typeof PlotLibrary, typeof DocumentLibrary]> {
  try {
    return await Promise.all([import("@observablehq/plot"), import("linkedom")]);
  } catch (cause) {
    throw errors.REPORT_LIBRARIES_MISSING(
      { problem: cause instanceof Error ? cause.message.split("\n", 1)[0]! : String(cause) },
      { cause },
    );
  }
}

/** Loads the drawing library. */
export async function makePlots(): Promise<Plots> {
  const [Plot, { parseHTML }] = await drawingLibraries();
  // Only the drawing library touches the document; its browser type does not exist here.
  const { document } = parseHTML("<!doctype html><html><body></body></html>") as unknown as { readonly document: never };
  const draw = (ariaLabel: string, options: object): Html => {
    const drawing = String(Reflect.get(Plot.plot({ document, ...size, ...options }), "outerHTML"));
    return raw(drawing.replace("<svg ", `<svg role="img" aria-label="${escapeHtml(ariaLabel)}" `));
  };
  const palette = Plot.scale({ color: { type: "linear", scheme: "inferno", domain: [0, 1] } });
  const pen: Pen = { Plot, draw };
  return {
    colour: (unit) => String(palette.apply(unit)),
    uncertainty: (steps) => uncertaintyPlot(pen, steps),
    levels: (steps) => levelsPlot(pen, steps),
    stepSizes: (steps) =>
      barsPlot(pen, steps, "Size of each step in noise levels", "↑ levels per step", ({ from, to }) =>
        to === undefined ? undefined : from - to,
      ),
    stepTimes: (steps) => barsPlot(pen, steps, "Time of each step", "↑ milliseconds", ({ ms }) => ms),
    reliability: (calibration, label) => reliabilityPlot(pen, calibration, label),
    ranks: (points) => ranksPlot(pen, points),
  };
}

const stepAxis = (steps: readonly { readonly step: number }[]): object => ({
  label: "step →",
  domain: [-0.5, Math.max(...steps.map((s) => s.step), 1) + 0.5],
  tickFormat: (step: number) => (Number.isInteger(step) ? String(step) : ""),
  ticks: 6,
});

function barsPlot(
  { Plot, draw }: Pen,
  steps: readonly StepFacts[],
  label: string,
  axis: string,
  value: (step: StepFacts) => number | undefined,
): Html {
  const shown = steps.flatMap((s) => (value(s) === undefined ? [] : [{ step: s.step, value: value(s)! }]));
  return draw(label, {
    x: stepAxis(steps),
    y: { label: axis, grid: true, ticks: 5, zero: true, tickFormat: short },
    marks: [
      Plot.rectY(shown, {
        x1: (d: { step: number }) => d.step - 0.42,
        x2: (d: { step: number }) => d.step + 0.42,
        y: "value",
        fill: first,
        title: (d: { step: number; value: number }) => `step ${d.step}: ${short(d.value)}`,
      }),
      Plot.ruleY([0]),
    ],
  });
}

function uncertaintyPlot({ Plot, draw }: Pen, steps: readonly StepFacts[]): Html {
  const all = steps.flatMap(({ step, observed }) => {
    const { uncertainty: u, "uncertainty.standardError": error = 0 } = observed;
    return u === undefined ? [] : [{ step, u, error }];
  });
  const positive = all.filter(({ u }) => u > 0);
  const bottom = Math.min(...positive.map(({ u }) => u), 1) * 0.7;
  const top = Math.max(...all.map(({ u, error }) => u + error), bottom * 10);
  const band = all.map(({ step, u, error }) => ({ step, low: Math.max(bottom, u - error), high: Math.max(bottom, u + error) }));
  return draw("Mean uncertainty U by step, with one standard error", {
    x: stepAxis(steps),
    y: {
      type: "log",
      domain: [bottom, top],
      label: "↑ U ± standard error",
      grid: true,
      ticks: logTicks(bottom, top),
      tickFormat: short,
    },
    marks: [
      Plot.areaY(band, { x: "step", y1: "low", y2: "high", fill: first, fillOpacity: 0.22 }),
      Plot.lineY(positive, { x: "step", y: "u", stroke: first, strokeWidth: 1.8 }),
      Plot.dot(positive, {
        x: "step",
        y: "u",
        r: positive.length > 60 ? 1.5 : 3,
        fill: first,
        title: (d: { step: number; u: number; error: number }) => `step ${d.step}: U ${short(d.u)} ± ${short(d.error)}`,
      }),
      Plot.dot(
        all.filter(({ u }) => u <= 0),
        {
          x: "step",
          y: bottom,
          symbol: "triangle",
          r: 4,
          stroke: first,
          title: (d: { step: number; u: number }) => `step ${d.step}: U ${short(d.u)}, not positive`,
        },
      ),
    ],
  });
}

function levelsPlot({ Plot, draw }: Pen, steps: readonly StepFacts[]): Html {
  const path = steps.flatMap(({ step, from, to }) => [{ step, level: from }, ...(to === undefined ? [] : [{ step: step + 1, level: to }])]);
  const back = steps.flatMap(({ step, to, travelTo }) => (travelTo === undefined ? [] : [{ step: step + 1, to: to!, travelTo }]));
  return draw("Noise level by step", {
    x: { ...stepAxis(steps), domain: [0, Math.max(...path.map((p) => p.step), 1)] },
    y: { label: "↑ noise level", grid: true, ticks: 5, zero: true },
    marks: [
      Plot.line(path, { x: "step", y: "level", stroke: first, strokeWidth: 1.8 }),
      ...(steps.length > 60
        ? []
        : [
            Plot.dot(path, {
              x: "step",
              y: "level",
              r: 2.6,
              fill: first,
              title: (d: { step: number; level: number }) => `level ${d.level}`,
            }),
          ]),
      Plot.ruleX(back, {
        x: "step",
        y1: "to",
        y2: "travelTo",
        stroke: second,
        strokeWidth: 2,
        title: (d: { to: number; travelTo: number }) => `time travel ${d.to} → ${d.travelTo}`,
      }),
    ],
  });
}

function reliabilityPlot({ Plot, draw }: Pen, calibration: Calibration, label: string): Html {
  const bins = calibration.bins.filter(({ predicted, actual }) => predicted > 0 && actual > 0);
  const values = bins.flatMap(({ predicted, actual }) => [predicted, actual]);
  const [low, high] = values.length === 0 ? [1e-4, 1] : [Math.min(...values) / 2, Math.max(...values) * 2];
  const clip = (v: number): number => Math.min(high, Math.max(low, v));
  const whiskers = bins.map(({ predicted, quartiles }) => ({ predicted, from: clip(quartiles[0]), to: clip(quartiles[1]) }));
  const axis = { type: "log", domain: [low, high], grid: true, ticks: logTicks(low, high), tickFormat: short };
  return draw(label, {
    width: 380,
    height: 340,
    x: { ...axis, label: "predicted variance →" },
    y: { ...axis, label: "↑ squared error" },
    marks: [
      Plot.line(
        [
          [low, low],
          [high, high],
        ],
        { stroke: "currentColor", strokeOpacity: 0.55, strokeDasharray: "5 4" },
      ),
      Plot.ruleX(whiskers, { x: "predicted", y1: "from", y2: "to", stroke: second, strokeOpacity: 0.55 }),
      Plot.dot(bins, {
        x: "predicted",
        y: "actual",
        r: 4,
        fill: first,
        title: (d: Calibration["bins"][number]) => `predicted ${short(d.predicted)}, actual ${short(d.actual)}, ${d.pixels} pixels`,
      }),
    ],
  });
}

function ranksPlot({ Plot, draw }: Pen, points: readonly RankPoint[]): Html {
  const of = (kind: "byPixel" | "byBlock"): readonly { step: number; value: number }[] =>
    points.flatMap((point) => (point[kind] === undefined ? [] : [{ step: point.step, value: point[kind] }]));
  const all = [...of("byPixel"), ...of("byBlock")].map(({ value }) => value);
  const series = (kind: "byPixel" | "byBlock", stroke: string): readonly unknown[] => [
    Plot.line(of(kind), { x: "step", y: "value", stroke, strokeWidth: 1.8 }),
    Plot.dot(of(kind), {
      x: "step",
      y: "value",
      r: 3.5,
      fill: stroke,
      title: (d: { step: number; value: number }) => `step ${d.step}: ${d.value.toFixed(2)}`,
    }),
  ];
  return draw("Rank correlation of predicted variance and squared error by step", {
    x: stepAxis(points),
    y: { label: "↑ rank correlation", grid: true, domain: [Math.min(0, ...all), 1], ticks: 5 },
    marks: [Plot.ruleY([0]), ...series("byPixel", first), ...series("byBlock", second)],
  });
}
