import { html, type Html } from "../html.js";
import type { PictureData } from "../picture-data.js";
import type { PictureName } from "../run-facts.js";

/** A picture that can be put on either side of the slider. */
export interface ComparedPicture {
  readonly name: Exclude<PictureName, "deviation">;
  readonly data: PictureData;
  /** Size of the picture itself, which `data` may show smaller. */
  readonly width: number;
  readonly height: number;
  /** PSNR against the reference in dB. */
  readonly psnr?: number;
}

const titles: Readonly<Record<ComparedPicture["name"], string>> = {
  measurement: "Measurement",
  "pseudo-inverse": "Pseudo-inverse",
  baseline: "Baseline alone",
  restored: "Restored",
  mean: "Mean of the samples",
  reference: "Reference",
};

const label = ({ name, psnr }: ComparedPicture): string => (psnr === undefined ? titles[name] : `${titles[name]} · ${psnr.toFixed(2)} dB`);

/** Two pictures over each other with a divider, and a lens that shows the same spot of both. */
export function compareSection(pictures: readonly ComparedPicture[]): Html {
  const restored = pictures.find(({ name }) => name === "restored")!;
  const left = pictures.find(({ name }) => name !== "restored" && name !== "reference") ?? restored;
  const lossy = pictures.filter(({ data }) => !data.exact).map(({ name }) => titles[name].toLowerCase());
  return html`<section id="compare" aria-labelledby="compare-title">
    <h2 id="compare-title">Before and after</h2>
    ${controls(pictures, left, restored)}
    <div id="comparison" style="--ratio:${restored.width}/${restored.height};--wide:${restored.width / restored.height}">
      ${stage}
      <label class="slider"
        ><span class="hidden">Divider</span
        ><input
          id="slider"
          type="range"
          min="0"
          max="100"
          step="0.5"
          value="50"
          aria-label="Divider between the left and the right picture"
      /></label>
    </div>
    ${originals(pictures)}
    <p class="note">
      Drag the divider or use the slider; point at the picture for the
      lens.${lossy.length === 0 ? "" : ` To keep this page small, these are shown compressed: ${lossy.join(", ")}.`}
    </p>
  </section>`;
}

function controls(pictures: readonly ComparedPicture[], left: ComparedPicture, right: ComparedPicture): Html {
  const options = (chosen: ComparedPicture): readonly Html[] =>
    pictures.map((p) => html`<option value="${p.name}" ${p === chosen ? html`selected` : ""}>${label(p)}</option>`);
  return html`<div class="controls">
    <label
      >Left
      <select id="left-picture">
        ${options(left)}
      </select></label
    >
    <label
      >Right
      <select id="right-picture">
        ${options(right)}
      </select></label
    >
    <button type="button" id="lens-switch" aria-pressed="true">Lens</button>
    <label
      >Zoom
      <select id="lens-zoom">
        <option>2</option>
        <option selected>4</option>
        <option>8</option>
        <option>16</option>
      </select></label
    >
  </div>`;
}

/** What the script of the page draws both pictures, the divider and the lens into. */
const stage = html`<div
  id="stage"
  tabindex="0"
  role="group"
  aria-label="Comparison. Arrow keys move the lens, plus and minus change its zoom, Escape hides it."
>
  <img id="left-image" alt="" draggable="false" /><img id="right-image" alt="" draggable="false" />
  <div id="divider" aria-hidden="true"></div>
  <div id="spot" aria-hidden="true" hidden></div>
  <div id="lens" aria-hidden="true" hidden>
    <figure>
      <canvas width="288" height="288"></canvas>
      <figcaption></figcaption>
    </figure>
    <figure>
      <canvas width="288" height="288"></canvas>
      <figcaption></figcaption>
    </figure>
  </div>
</div>`;

/** The pictures themselves, which the script reads. */
const originals = (pictures: readonly ComparedPicture[]): Html =>
  html`<div id="pictures">
    ${pictures.map(
      (p) =>
        html`<figure>
          <img
            data-name="${p.name}"
            data-title="${titles[p.name]}"
            src="${p.data.url}"
            width="${p.data.width}"
            height="${p.data.height}"
            alt="${titles[p.name]}"
          />
          <figcaption>${label(p)}, ${p.width}×${p.height}</figcaption>
        </figure>`,
    )}
  </div>`;
