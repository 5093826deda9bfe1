import { candidatesOf, describeCompatibility, type Outcome } from "@leader/core/testing";
import { PluginLoader } from "leader";
import { afterAll, describe, expect, it } from "vitest";
import { bundledSources } from "./bundled-sources.js";

// Every baseline of this project with every estimator, scheduler and modulator, and with the wrappers: it runs, or it is refused for a true reason.
const loader = new PluginLoader({ directory: import.meta.dirname, bundled: bundledSources });
const plugins = await Promise.all(Object.keys(bundledSources).map(async (name) => (await loader.load(name, false)).plugin));
const steps = 4;
const optionsOf: Readonly<Record<string, unknown>> = {
  "leader#uniform": { steps },
  "leader#square-root": { steps },
  "leader#karras": { steps },
  "leader#satp": { steps },
  "leader#time-travel": { steps, length: 2, repeat: 2 },
  "leader#fixed": { steps: [801, 401, 101, 0], unit: "index" },
  "@leader/baseline-equs#timestep-aware": { steps },
};
const baselines = candidatesOf(plugins, optionsOf).filter(({ stage }) => stage.kind === "baseline");
const wrappers = candidatesOf(plugins).flatMap(({ use, stage }) => (stage.kind === "wrapper" ? [use] : []));
const outcomes: Outcome[] = [];
const spent = new Map<string, number>();
let last = performance.now();
for (const { use, stage, options } of baselines) {
  describeCompatibility(use, stage, { options, plugins, optionsOf, without: wrappers, report: (o) => { outcomes.push(o); const now = performance.now(); spent.set(use, (spent.get(use) ?? 0) + now - last); last = now; } });
}
afterAll(() => {
  const count = (what: string): number => outcomes.filter(({ outcome }) => outcome === what).length;
  console.log(`${outcomes.length} combinations: ${count("runs")} run, ${count("refused")} are refused`);
  console.log([...spent].map(([a, b]) => `${a} ${b.toFixed(0)}`).join("\n"));
});
describe("x", () => { it("y", () => expect(1).toBe(1)); });
