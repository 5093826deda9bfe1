import { defined } from "@leader/graph/records";
import { stringify } from "yaml";
import { html, type Html } from "../html.js";
import type { RunFacts } from "../run-facts.js";

/** The pipeline after defaults and overrides, as a file that can be run again. */
export function pipelineText({ pipeline, seed, image }: RunFacts): string {
  const { apiVersion, seed: configured, noise, meanOf, stages } = pipeline;
  const notes = [
    ...(seed === configured ? [] : [`# this run: --seed ${seed}`]),
    ...(image === 0 ? [] : [`# picture number ${image} of its batch, counted from 0: part of the noise`]),
  ];
  return [...notes, stringify({ apiVersion, seed: configured, noise, ...defined({ meanOf }), ...stages }, { lineWidth: 120 })].join("\n");
}

/** What ran, exactly. */
export function pipelineSection(facts: RunFacts): Html {
  const { leader, plugins, machine, created, pipeline, warnings } = facts;
  return html`<section id="pipeline" aria-labelledby="pipeline-title">
    <h2 id="pipeline-title">The exact pipeline</h2>
    <div class="code">
      <button type="button" id="copy">Copy</button>
      <pre tabindex="0"><code id="pipeline-text">${pipelineText(facts)}</code></pre>
    </div>
    <table class="facts">
      <tbody>
        <tr>
          <th scope="row">hash of the pipeline</th>
          <td><code>${pipeline.hash}</code></td>
        </tr>
        <tr>
          <th scope="row">leader</th>
          <td>${leader}</td>
        </tr>
        <tr>
          <th scope="row">plugins</th>
          <td>${plugins.join(", ")}</td>
        </tr>
        <tr>
          <th scope="row">Node.js</th>
          <td>${machine.node}</td>
        </tr>
        <tr>
          <th scope="row">system</th>
          <td>${machine.system}</td>
        </tr>
        <tr>
          <th scope="row">date</th>
          <td><time datetime="${created}">${created}</time></td>
        </tr>
      </tbody>
    </table>
    ${warnings.map(({ code, message }) => html`<p class="warning"><code>${code}</code> ${message}</p>`)}
  </section>`;
}
