import type { Calibration } from "../calibration.js";
import { html, type Html } from "../html.js";
import type { PictureData } from "../picture-data.js";
import { short, type Plots, type RankPoint } from "../plots.js";

/** A recorded step, ready to be shown. */
export interface ShownFrame {
  readonly step: number;
  /** Noise level of the state that the prediction was made from. */
  readonly level: number;
  readonly x0: PictureData;
  /** Predicted standard deviation and true error on the same scale of colours, 0 to `top`. */
  readonly deviation?: PictureData;
  readonly error?: PictureData;
  readonly top: number;
  readonly calibration?: Calibration;
  readonly stride: number;
}

/** The predictions over the steps; choosing one shows its maps in the next section. */
export function filmSection(frames: readonly ShownFrame[]): Html {
  const chosen = middle(frames);
  const strip = frames.map(
    (f) =>
      html`<label class="frame"
        ><input type="radio" name="frame" value="${f.step}" ${f === chosen ? html`checked` : ""} /><img
          src="${f.x0.url}"
          width="${f.x0.width}"
          height="${f.x0.height}"
          alt="Estimate of the clean picture in step ${f.step}"
        /><span>step ${f.step}<br /><small>level ${f.level}</small></span></label
      >`,
  );
  return html`<section id="film" aria-labelledby="film-title">
    <h2 id="film-title">What the prior expected, step by step</h2>
    ${
      frames.length === 0
        ? html`<p class="note">
            No step shows the picture itself: smaller ones were restored, and their mean is laid over the measurement. Noise levels and
            times below are those of one of them.
          </p>`
        : html`<div class="film" role="radiogroup" aria-labelledby="film-title">${strip}</div>
            <p class="note">
              The posterior mean x0 of each step before it is changed by the method. Choose a step (arrow keys work) to see its maps below.
            </p>`
    }
  </section>`;
}

/** Predicted against true error, for the chosen step and over all steps. */
export function uncertaintySection(frames: readonly ShownFrame[], plots: Plots): Html {
  if (frames.length === 0) return html``;
  const chosen = middle(frames);
  const withMap = frames.some((f) => f.deviation !== undefined);
  const withError = frames.some((f) => f.error !== undefined);
  const points: readonly RankPoint[] = frames.map((f) => ({
    step: f.step,
    byPixel: f.calibration?.byPixel,
    byBlock: f.calibration?.byBlock,
  }));
  const known = points.some((p) => p.byPixel !== undefined);
  return html`<section id="uncertainty" aria-labelledby="uncertainty-title">
    <h2 id="uncertainty-title">Uncertainty and error</h2>
    ${withMap ? "" : html`<p class="note">This pipeline estimates no uncertainty. A stage such as <code>uncertainty: { use: leader#stein }</code> adds the map without changing the result.</p>`}
    ${withError ? "" : html`<p class="note">The true error is unknown: restore with <code>--reference</code> to see it and the calibration.</p>`}
    ${frames.map((f) => panel(f, f === chosen, plots))}
    ${
      known
        ? html`<figure class="plot">
            ${plots.ranks(points)}
            <figcaption>
              Rank correlation of predicted variance and squared error over <span class="key first">pixels</span> and
              <span class="key second">8×8 blocks</span>
            </figcaption>
          </figure>`
        : ""
    }
  </section>`;
}

const middle = (frames: readonly ShownFrame[]): ShownFrame | undefined => frames[Math.floor(frames.length / 2)];

/** Several restorations of the same measurement: their mean, and where they differ. */
export function samplesSection(count: number, frame: ShownFrame, plots: Plots): Html {
  return html`<section id="samples" aria-labelledby="samples-title">
    <h2 id="samples-title">${count} samples</h2>
    <p class="note">
      The same measurement was restored ${count} times, each with noise of its own. Where the results differ, the measurement and the prior
      leave the picture open. A deviation that is right on the whole has the mean squared error of the mean, times 1 + 1/${count}.
    </p>
    ${maps(
      frame,
      {
        image: picture(frame.x0, "Mean of the samples"),
        title: "Mean",
        deviation: "Standard deviation of the samples",
        where: "",
        plot: "Calibration of the samples",
      },
      plots,
    )}
  </section>`;
}

function panel(frame: ShownFrame, shown: boolean, plots: Plots): Html {
  const { step, level, x0 } = frame;
  const image = html`<img
    class="${smoothing(x0)}"
    data-copy-of="${step}"
    width="${x0.width}"
    height="${x0.height}"
    alt="Estimate x0 in step ${step}"
  />`;
  const words = {
    title: "Estimate x0",
    deviation: "Predicted standard deviation",
    where: ` in step ${step}`,
    plot: `Calibration in step ${step}`,
  };
  return html`<div class="panel${shown ? " shown" : ""}" data-step="${step}">
    <h3>Step ${step}, level ${level}</h3>
    ${maps(frame, { ...words, image }, plots)}
  </div>`;
}

/** What the maps of a prediction are called. */
interface MapWords {
  readonly image: Html;
  readonly title: string;
  readonly deviation: string;
  /** Which prediction it is, for those who do not see the page. */
  readonly where: string;
  readonly plot: string;
}

/** A prediction, its deviation and its error side by side, and how well the two agree. */
function maps({ deviation, error, calibration, top, stride }: ShownFrame, words: MapWords, plots: Plots): Html {
  const scale = html`<div class="scale" aria-hidden="true">
    <span>0</span><i style="background:linear-gradient(90deg,${Array.from({ length: 9 }, (_, i) => plots.colour(i / 8)).join(",")})"></i
    ><span>${short(top)}</span>
  </div>`;
  return html`<div class="maps">
      <figure>
        ${words.image}
        <figcaption>${words.title}</figcaption>
      </figure>
      ${
        deviation === undefined
          ? ""
          : html`<figure>
              ${picture(deviation, words.deviation + words.where)}${scale}
              <figcaption>${words.deviation}</figcaption>
            </figure>`
      }
      ${
        error === undefined
          ? ""
          : html`<figure>
              ${picture(error, `True error${words.where}`)}${scale}
              <figcaption>True error (root mean square over channels)</figcaption>
            </figure>`
      }
    </div>
    ${
      calibration === undefined
        ? ""
        : html`<div class="evidence">
            ${calibrationPlot(words.plot, calibration, plots)}
            <div>${verdict(calibration)}</div>
          </div>`
    }
    ${stride === 1 ? "" : html`<p class="note">Maps and calibration use one pixel out of ${stride}×${stride}.</p>`}`;
}

/** Few pixels are shown as they are, many are left to the browser's smoothing. */
const smoothing = ({ width }: PictureData): string => (width <= 128 ? "pixels" : "smooth");

const picture = (data: PictureData, description: string): Html =>
  html`<img class="${smoothing(data)}" src="${data.url}" width="${data.width}" height="${data.height}" alt="${description}" />`;

/** A logarithmic scale has no place for zeros, so they are told apart. */
function calibrationPlot(title: string, calibration: Calibration, plots: Plots): Html | "" {
  const total = calibration.bins.reduce((sum, { pixels }) => sum + pixels, 0);
  const zeros = calibration.bins.reduce((sum, { predicted, pixels }) => sum + (predicted > 0 ? 0 : pixels), 0);
  if (zeros === total) return "";
  const outside =
    zeros === 0 ? "" : `; ${((100 * zeros) / total).toFixed(0)} % of the pixels were predicted to have no error and are not shown`;
  return html`<figure class="plot">
    ${plots.reliability(calibration, title)}
    <figcaption>Calibration: on the dashed line the prediction is right${outside}</figcaption>
  </figure>`;
}

function verdict({ meanPredicted, meanActual, byPixel, byBlock }: Calibration): Html {
  const ratio = meanActual / meanPredicted;
  const words = !Number.isFinite(ratio)
    ? "no error was predicted"
    : ratio > 1
      ? `the error is ${short(ratio)} times what was predicted`
      : `predicted was ${short(1 / ratio)} times the error`;
  const rank = (value: number | undefined): string => value?.toFixed(2) ?? "undefined (constant or too few)";
  return html`<p class="verdict">
      Mean squared error ${short(meanActual)}, mean predicted variance ${short(meanPredicted)}: ${words}. Rank correlation ${rank(byPixel)}
      over pixels, ${rank(byBlock)} over 8×8 blocks.
    </p>
    <p class="note">
      Dots: 16 groups of pixels in the order of their predicted variance; bars: the middle half of their squared errors. Values of the
      picture lie in [−1, 1]. Both maps share one scale of colours.
    </p>`;
}
