import { htmlDocument } from "./report/html-document.js";
import { html, type Html } from "./report/html.js";

/** What a method reached, and what it took. */
export interface DemoFigures {
  readonly name: string;
  /** Against the clean picture, in dB. */
  readonly psnr: number;
  readonly evaluations?: number;
  readonly seconds?: number;
}

export interface DemoTask {
  readonly title: string;
  readonly figures: readonly DemoFigures[];
  /** The report of the run with LEADer: a page of its own. */
  readonly report: string;
}

const style = `body{font:16px/1.5 system-ui,"DejaVu Sans",sans-serif;margin:2rem auto;max-width:1120px;padding:0 1rem;color:#1d2127;background:#fff}
table{border-collapse:collapse;font-variant-numeric:tabular-nums}
th,td{padding:.2rem 1.2rem .2rem 0;text-align:right;font-weight:400}
th:first-child{text-align:left}
iframe{display:block;width:100%;height:90vh;border:1px solid #8886;border-radius:8px;margin:1rem 0 3rem}
@media (prefers-color-scheme:dark){body{color:#e6e9ed;background:#15181c}}`;

/**
 * A page without any external part: per task the figures, and the report of the run with LEADer in a frame, whose script and
 * element ids are then its own.
 */
export function demoPage(tasks: readonly DemoTask[]): string {
  const body = [
    html`<h1>LEADer demo</h1>`,
    html`<p>One picture, degraded and restored by the baseline alone and with LEADer. PSNR is against the clean picture.</p>`,
    ...tasks.map(section),
  ];
  return htmlDocument({ title: "LEADer demo", style, body });
}

const section = ({ title, figures, report }: DemoTask): Html =>
  html`<section>
    <h2>${title}</h2>
    <table>
      <thead>
        <tr>
          <th scope="col">method</th>
          <th scope="col">PSNR</th>
          <th scope="col">evaluations</th>
          <th scope="col">seconds</th>
        </tr>
      </thead>
      <tbody>
        ${figures.map(figuresRow)}
      </tbody>
    </table>
    <iframe title="${title}: comparison, uncertainty and steps" srcdoc="${report}"></iframe>
  </section>`;

const figuresRow = ({ name, psnr, evaluations, seconds }: DemoFigures): Html =>
  html`<tr>
    <th scope="row">${name}</th>
    <td>${psnr.toFixed(2)} dB</td>
    <td>${evaluations ?? ""}</td>
    <td>${seconds?.toFixed(1) ?? ""}</td>
  </tr>`;
