import { htmlDocument } from "./report/html-document.js";
import { html, type Html } from "./report/html.js";

/** A picture of the gallery. */
export interface GalleryPicture {
  readonly name: string;
  /** File beside the page. */
  readonly file: string;
  /** Against the clean picture, in dB; absent where it is no picture, and of the clean picture itself. */
  readonly psnr?: number;
  readonly evaluations?: number;
}

export interface GalleryTask {
  readonly title: string;
  readonly clean: GalleryPicture;
  /** What costs nothing: the measurement and the pseudo-inverse. */
  readonly given: readonly GalleryPicture[];
  readonly methods: readonly GalleryPicture[];
}

/** Whether a method is worth no more than what costs nothing, in PSNR. */
export const isBelowDoingNothing = ({ given }: Pick<GalleryTask, "given">, { psnr = Infinity }: GalleryPicture): boolean =>
  psnr <= Math.max(...given.map((one) => one.psnr ?? -Infinity));

const style = `body{font:16px/1.5 system-ui,"DejaVu Sans",sans-serif;margin:2rem auto;max-width:1280px;padding:0 1rem;color:#1d2127;background:#fff}
section{display:grid;grid-template-columns:repeat(auto-fill,minmax(180px,1fr));gap:1rem}
section h2{grid-column:1/-1;margin:1.5rem 0 0}
figure{margin:0}
img{width:100%;image-rendering:pixelated;border-radius:4px}
figcaption{font-variant-numeric:tabular-nums;line-height:1.35}
.below img{outline:3px solid #c0392b}
.below em{color:#c0392b;font-style:normal}
@media (prefers-color-scheme:dark){body{color:#e6e9ed;background:#15181c}.below img{outline-color:#ff7b6b}.below em{color:#ff7b6b}}`;

/** A page beside its pictures: per task the measurement, the pseudo-inverse, every method from the best to the worst, and the clean picture. */
export function galleryPage(tasks: readonly GalleryTask[]): string {
  const body = [
    html`<h1>LEADer gallery</h1>`,
    html`<p>
      One picture, degraded and restored by the presets of each method, the best first. PSNR is against the clean picture. What is no better
      than the measurement or the pseudo-inverse is marked.
    </p>`,
    ...tasks.map(section),
  ];
  return htmlDocument({ title: "LEADer gallery", style, body });
}

function section(task: GalleryTask): Html {
  const { title, clean, given, methods } = task;
  const ranked = methods.toSorted((a, b) => (b.psnr ?? 0) - (a.psnr ?? 0));
  return html`<section>
    <h2>${title}</h2>
    ${[clean, ...given].map((one) => figure(one, false))} ${ranked.map((one) => figure(one, isBelowDoingNothing(task, one)))}
  </section>`;
}

const figure = ({ name, file, psnr, evaluations }: GalleryPicture, below: boolean): Html =>
  html`<figure class="${below ? "below" : ""}">
    <img src="${file}" alt="" />
    <figcaption>
      ${name}<br />
      ${psnr === undefined ? "" : `${psnr.toFixed(2)} dB`}${evaluations === undefined ? "" : `, ${evaluations} evaluations`}
      ${below ? [html`<br /><em>below doing nothing</em>`] : []}
    </figcaption>
  </figure>`;
