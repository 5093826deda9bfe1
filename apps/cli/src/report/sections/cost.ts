import { html, type Html } from "../html.js";
import type { Plots } from "../plots.js";
import type { RunFacts } from "../run-facts.js";

/** Evaluations, seconds and memory. */
export function costSection({ seconds, steps, evaluations, peakMemoryMiB, backend, machine }: RunFacts, plots: Plots): Html {
  const { load, compile, sampling, network, update } = seconds;
  const parts: readonly (readonly [string, number])[] = [
    ["making the stages", load],
    ["tracing and compiling", compile],
    ["network and uncertainty", network],
    ["modulator and baseline", update],
    ["everything else", Math.max(0, sampling - network - update)],
  ];
  const total = parts.reduce((sum, [, value]) => sum + value, 0);
  const timed = steps.some(({ ms }) => ms !== undefined);
  return html`<section id="cost" aria-labelledby="cost-title">
    <h2 id="cost-title">Evaluations, time, memory</h2>
    <div class="plots">
      <table class="facts">
        <tbody>
          <tr>
            <th scope="row">network evaluations</th>
            <td>${evaluations}</td>
          </tr>
          <tr>
            <th scope="row">steps</th>
            <td>${steps.length}</td>
          </tr>
          ${parts.map(
            ([name, value]) =>
              html`<tr>
                <th scope="row">${name}</th>
                <td>${value.toFixed(2)} s <i class="bar" style="width:${(total === 0 ? 0 : (60 * value) / total).toFixed(1)}%"></i></td>
              </tr>`,
          )}
          <tr>
            <th scope="row">total</th>
            <td>${total.toFixed(2)} s</td>
          </tr>
          <tr>
            <th scope="row">peak memory of the process</th>
            <td>${Math.round(peakMemoryMiB)} MiB</td>
          </tr>
          <tr>
            <th scope="row">computed by</th>
            <td>${backend}</td>
          </tr>
          <tr>
            <th scope="row">on</th>
            <td>${machine.processor}, ${machine.cores} cores, ${Math.round(machine.memoryMiB / 1024)} GiB</td>
          </tr>
        </tbody>
      </table>
      ${
        timed
          ? html`<figure class="plot">
              ${plots.stepTimes(steps)}
              <figcaption>Time of each step</figcaption>
            </figure>`
          : ""
      }
    </div>
  </section>`;
}
