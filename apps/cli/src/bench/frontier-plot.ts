import type { Curve, CurvePoint } from "./frontier.js";

const [width, height] = [720, 480];
const margin = { left: 64, right: 190, top: 40, bottom: 48 };
/** Distinct for most kinds of colour vision (Okabe and Ito), and dark enough on white. */
const colours = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#8a6d00", "#56b4e9", "#444444", "#a6761d"];

interface Scale {
  readonly at: (value: number) => number;
  readonly ticks: readonly number[];
}

/** Curves in the plane of LPIPS (to the right: worse) and PSNR (up: better) as an SVG picture; the upper left corner is the best. */
export function frontierPlot(title: string, curves: readonly Curve[]): string {
  const all = curves.flatMap(({ points }) => points);
  const x = scale(
    all.map(({ lpips }) => lpips),
    margin.left,
    width - margin.right,
  );
  const y = scale(
    all.map(({ psnr }) => psnr),
    height - margin.bottom,
    margin.top,
  );
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" font-family="system-ui, sans-serif" font-size="11">`,
    `<title>${escaped(title)}</title>`,
    `<rect width="${width}" height="${height}" fill="#ffffff"/>`,
    text({ x: margin.left, y: 22 }, title, 'font-size="14" font-weight="600"'),
    ...axes(x, y),
    ...curves.flatMap((curve, i) => curveElements(curve, colours[i % colours.length]!, x, y)),
    ...curves.map((curve, i) => legendEntry(curve, colours[i % colours.length]!, i)),
    "</svg>",
  ]
    .join("\n")
    .concat("\n");
}

function axes(x: Scale, y: Scale): readonly string[] {
  const [left, right, top, bottom] = [margin.left, width - margin.right, margin.top, height - margin.bottom];
  const line = (x1: number, y1: number, x2: number, y2: number, colour: string): string =>
    `<line x1="${n(x1)}" y1="${n(y1)}" x2="${n(x2)}" y2="${n(y2)}" stroke="${colour}"/>`;
  return [
    ...x.ticks.flatMap((tick) => [
      line(x.at(tick), top, x.at(tick), bottom, "#e6e6e6"),
      text({ x: x.at(tick), y: bottom + 16 }, tickText(tick), 'text-anchor="middle" fill="#444444"'),
    ]),
    ...y.ticks.flatMap((tick) => [
      line(left, y.at(tick), right, y.at(tick), "#e6e6e6"),
      text({ x: left - 6, y: y.at(tick) + 4 }, tickText(tick), 'text-anchor="end" fill="#444444"'),
    ]),
    line(left, bottom, right, bottom, "#444444"),
    line(left, top, left, bottom, "#444444"),
    text({ x: (left + right) / 2, y: height - 12 }, "LPIPS (left is better)", 'text-anchor="middle"'),
    text({ x: 8, y: top - 8 }, "PSNR [dB]"),
  ];
}

function curveElements({ points }: Curve, colour: string, x: Scale, y: Scale): readonly string[] {
  const place = ({ lpips, psnr }: CurvePoint): { readonly x: number; readonly y: number } => ({ x: x.at(lpips), y: y.at(psnr) });
  const path = points.map(place).map((p) => `${n(p.x)},${n(p.y)}`);
  return [
    ...(points.length > 1 ? [`<polyline points="${path.join(" ")}" fill="none" stroke="${colour}" stroke-width="1.5"/>`] : []),
    ...points.flatMap((point) => [
      `<circle cx="${n(place(point).x)}" cy="${n(place(point).y)}" r="3.5" fill="${colour}"/>`,
      text(
        { x: place(point).x + 6, y: place(point).y - 5 },
        points.length > 1 ? point.label : evaluationsText(point),
        `fill="${colour}" font-size="9"`,
      ),
    ]),
  ];
}

function legendEntry({ title, points }: Curve, colour: string, i: number): string {
  const [x, y] = [width - margin.right + 14, margin.top + 8 + 30 * i];
  const counts = [...new Set(points.map(({ evaluations }) => Math.round(evaluations)))].sort((a, b) => a - b);
  const range = counts.length > 1 ? `${counts[0]!} to ${counts.at(-1)!}` : String(counts[0]);
  return [
    `<rect x="${x}" y="${y - 8}" width="10" height="10" fill="${colour}"/>`,
    text({ x: x + 15, y }, title),
    text({ x: x + 15, y: y + 12 }, `${range} evaluations`, 'fill="#666666" font-size="9"'),
  ].join("");
}

const evaluationsText = ({ evaluations }: CurvePoint): string => `${Math.round(evaluations)} evaluations`;

/** A linear scale with a margin around the values and ticks at round numbers. */
function scale(values: readonly number[], from: number, to: number): Scale {
  const [least, most] = [Math.min(...values), Math.max(...values)];
  const pad = Math.max((most - least) * 0.08, Math.abs(most) * 1e-3, 1e-6);
  const [low, high] = [least - pad, most + pad];
  const step = roundStep((high - low) / 5);
  const first = Math.ceil(low / step);
  const ticks = Array.from({ length: Math.floor(high / step) - first + 1 }, (_, i) => (first + i) * step);
  return { at: (value) => from + ((value - low) / (high - low)) * (to - from), ticks };
}

/** The next of 1, 2, 5 times a power of ten. */
function roundStep(step: number): number {
  const power = 10 ** Math.floor(Math.log10(step));
  return power * ([1, 2, 5, 10].find((factor) => factor * power >= step) ?? 10);
}

const n = (value: number): string => value.toFixed(1);
const tickText = (value: number): string => String(Number(value.toPrecision(4)));
const escaped = (value: string): string => value.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
const text = (at: { readonly x: number; readonly y: number }, value: string, attributes = ""): string =>
  `<text x="${n(at.x)}" y="${n(at.y)}" ${attributes}>${escaped(value)}</text>`;
