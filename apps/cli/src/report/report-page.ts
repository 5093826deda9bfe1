import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { equalShapes, defined, extents, type HostTensor } from "@leader/graph";
import { psnr } from "@leader/metrics";
import { noiseText } from "leader-restore";
import { totalSeconds } from "../seconds.js";
import { errors } from "../error-codes.js";
import { ownFolder } from "../own-folder.js";
import { calibrate, frameOfSpread, squaredErrorMap, varianceMap, type PixelMap } from "./calibration.js";
import { htmlDocument } from "./html-document.js";
import { html, raw, type Html } from "./html.js";
import { mapData, pictureData } from "./picture-data.js";
import { makePlots, type Plots } from "./plots.js";
import type { RecordedRun } from "./recorded-run.js";
import { compareSection, type ComparedPicture } from "./sections/compare.js";
import { costSection } from "./sections/cost.js";
import { pipelineSection } from "./sections/pipeline.js";
import { filmSection, samplesSection, uncertaintySection, type ShownFrame } from "./sections/steps.js";
import { traceSection } from "./sections/trace.js";

/** Bytes before base64, chosen so that four pictures and a dozen steps stay below 5 MB. */
const mostBytes = { picture: 420_000, frame: 36_000, map: 26_000 } as const;

const asset = (name: string): Promise<string> => readFile(join(ownFolder, "assets", name), "utf8");

/** One HTML page with everything in it: no other file, no network. */
export async function reportPage(run: RecordedRun): Promise<string> {
  const [plots, script, style] = await Promise.all([makePlots(), asset("report.js"), asset("report.css")]);
  const pictures = await comparedPictures(run);
  const frames = await Promise.all(run.frames.map((frame) => shownFrame(run, frame, plots)));
  const { facts } = run;
  const sections = [
    compareSection(pictures),
    filmSection(frames),
    uncertaintySection(frames, plots),
    ...(facts.samples === undefined ? [] : [samplesSection(facts.samples, await samplesFrame(run, plots), plots)]),
    traceSection(facts, plots),
    costSection(facts, plots),
    pipelineSection(facts),
  ];
  return document(facts.input, [header(run, pictures), ...sections], script, style);
}

function document(title: string, body: readonly Html[], script: string, style: string): string {
  // The policy makes the promise of the page: nothing is fetched, and no other script runs.
  const policy = `default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src 'sha256-${createHash("sha256").update(script).digest("base64")}'`;
  return htmlDocument({
    title: `${title} · LEADer report`,
    style,
    policy,
    body: [html`<main>${body}</main>`, raw(`<script>${script}</script>`)],
  });
}

function header({ facts }: RecordedRun, pictures: readonly ComparedPicture[]): Html {
  const quality = pictures.find(({ name }) => name === "restored")?.psnr;
  const { outcome, reason, evaluations, seconds, peakMemoryMiB, pipeline } = facts;
  const cards: readonly (readonly [string, string])[] = [
    ...(quality === undefined ? [] : [["PSNR", `${quality.toFixed(2)} dB`] as const]),
    ["evaluations", String(evaluations)],
    ["time", `${totalSeconds(seconds).toFixed(1)} s`],
    ["memory", `${Math.round(peakMemoryMiB)} MiB`],
  ];
  const stages = ["operator", "baseline", "wrapper", "modulator", "uncertainty", "scheduler"].flatMap((slot) =>
    pipeline.stages[slot] === undefined ? [] : [pipeline.stages[slot].use.replace(/^.*#/u, "")],
  );
  const mean = pipeline.meanOf === undefined ? "" : ` · mean of ${pipeline.meanOf} draws, the steps of the first`;
  return html`<header>
    <h1>${facts.input}</h1>
    <p>${stages.join(" · ")}${pipeline.noise === 0 ? "" : ` · noise ${noiseText(pipeline.noise)}`} · seed ${facts.seed}${mean}</p>
    ${outcome === "completed" ? "" : html`<p class="warning">${outcome}: ${reason}</p>`}
    <dl class="cards">
      ${cards.map(
        ([name, value]) =>
          html`<div>
            <dt>${name}</dt>
            <dd>${value}</dd>
          </div>`,
      )}
    </dl>
  </header>`;
}

async function comparedPictures({ pictures }: RecordedRun): Promise<readonly ComparedPicture[]> {
  const reference = pictures.get("reference");
  return await Promise.all(
    [...pictures]
      .flatMap(([name, picture]) => (name === "deviation" ? [] : [[name, picture] as const]))
      .map(async ([name, picture]) => {
        const [height, width] = extents(picture.shape.slice(-2), 2);
        const comparable = name !== "reference" && reference !== undefined && equalShapes(reference.shape, picture.shape);
        return {
          name,
          data: await pictureData(picture, mostBytes.picture),
          width,
          height,
          ...(comparable ? { psnr: await psnr().measure(picture, reference) } : {}),
        };
      }),
  );
}

async function shownFrame({ facts, pictures }: RecordedRun, frame: RecordedRun["frames"][number], plots: Plots): Promise<ShownFrame> {
  const reference: HostTensor | undefined = pictures.get("reference");
  const variance = varianceMap(frame);
  const squared = reference === undefined ? undefined : squaredErrorMap(frame, reference);
  const top = topOf([variance, squared].flatMap((map) => (map === undefined ? [] : [rooted(map)])));
  const inColour = (map: PixelMap): ReturnType<typeof mapData> => mapData(rooted(map), top, (unit) => plots.colour(unit), mostBytes.map);
  return {
    step: frame.step,
    level: facts.steps.find(({ step }) => step === frame.step)?.from ?? 0,
    stride: frame.stride,
    top,
    x0: await pictureData(frame.preview, mostBytes.frame),
    ...defined({
      deviation: variance && (await inColour(variance)),
      error: squared && (await inColour(squared)),
      calibration: variance && squared && calibrate(variance, squared),
    }),
  };
}

async function samplesFrame(run: RecordedRun, plots: Plots): Promise<ShownFrame> {
  const [x0, deviation] = [run.pictures.get("mean"), run.pictures.get("deviation")];
  if (x0 === undefined || deviation === undefined)
    throw errors.NOT_A_RUN({ path: run.facts.input, problem: "it lists no mean of its samples" });
  return await shownFrame(run, frameOfSpread(x0, deviation), plots);
}

const rooted = (map: PixelMap): PixelMap => ({ ...map, values: map.values.map((value) => Math.sqrt(Math.max(0, value))) });

/** The end of a scale of colours: nearly everything lies below, a few outliers do not darken the rest. */
function topOf(maps: readonly PixelMap[]): number {
  const highest = maps.map(({ values }) => values.slice().sort()[Math.floor(0.99 * (values.length - 1))]!);
  return Math.max(1e-6, ...highest);
}
