import { html, type Html } from "../html.js";
import { short, type Plots } from "../plots.js";
import type { RunFacts, StepFacts } from "../run-facts.js";

/** U_t with its standard error, the levels and the sizes of the steps; the same as a table. */
export function traceSection({ steps }: RunFacts, plots: Plots): Html {
  const measured = steps.some(({ observed }) => observed["uncertainty"] !== undefined);
  return html`<section id="trace" aria-labelledby="trace-title">
    <h2 id="trace-title">Uncertainty and steps</h2>
    <div class="plots">
      ${
        measured
          ? html`<figure class="plot">
              ${plots.uncertainty(steps)}
              <figcaption>
                Mean uncertainty U, band: one standard
                error${steps.some(({ observed }) => (observed["uncertainty"] ?? 1) <= 0) ? "; triangles: estimates that are not positive" : ""}
              </figcaption>
            </figure>`
          : ""
      }
      <figure class="plot">
        ${plots.levels(steps)}
        <figcaption>
          Noise level${steps.some(({ travelTo }) => travelTo !== undefined) ? "; the second colour marks time travel" : ""}
        </figcaption>
      </figure>
      <figure class="plot">
        ${plots.stepSizes(steps)}
        <figcaption>Step size in noise levels</figcaption>
      </figure>
    </div>
    ${measured ? "" : html`<p class="note">No uncertainty was measured in this run.</p>`} ${table(steps)}
  </section>`;
}

function table(steps: readonly StepFacts[]): Html {
  const names = [...new Set(steps.flatMap(({ observed }) => Object.keys(observed)))];
  const optional = (value: number | undefined): string => (value === undefined ? "" : short(value));
  const rows = steps.map(
    (s) =>
      html`<tr>
        <th scope="row">${s.step}</th>
        <td>${s.from}</td>
        <td>${s.to ?? "stop"}</td>
        <td>${s.travelTo ?? ""}</td>
        <td>${s.evaluations ?? ""}</td>
        <td>${optional(s.ms)}</td>
        ${names.map((name) => html`<td>${optional(s.observed[name])}</td>`)}
      </tr> `,
  );
  return html`<details>
    <summary>Every step as a table</summary>
    <div class="scroll" tabindex="0" role="region" aria-label="Every step">
      <table>
        <thead>
          <tr>
            <th scope="col">step</th>
            <th scope="col">from</th>
            <th scope="col">to</th>
            <th scope="col">back to</th>
            <th scope="col">evaluations</th>
            <th scope="col">ms</th>
            ${names.map((name) => html`<th scope="col">${name}</th>`)}
          </tr>
        </thead>
        <tbody>
          ${rows}
        </tbody>
      </table>
    </div>
  </details>`;
}
