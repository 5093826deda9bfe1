import { candidatesOf, describeCompatibility, type Outcome } from "@leader/core/testing";
import { PluginLoader } from "leader-restore";
import { afterAll, expect } from "vitest";
import { bundledSources } from "./bundled-sources.js";

const loader = new PluginLoader({ directory: import.meta.dirname, bundled: bundledSources, importSeconds: 300 });
const names = [...new Set([...loader.bundledNames, ...Object.keys(bundledSources)])];
const plugins = await Promise.all(names.map(async (name) => ({ ...(await loader.load(name, false)).plugin, name })));

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
const candidates = candidatesOf(plugins, optionsOf);
const usesOf = (kind: string): readonly string[] => candidates.flatMap(({ use, stage }) => (stage.kind === kind ? [use] : []));
/** In how many files the tests are, so that workers share them. */
const parts = 2;

/**
 * Every baseline of this project with every estimator, scheduler and modulator, and with the wrappers: it runs, or it is refused for a
 * reason that is true. Declares one part of the tests.
 */
export function describeBaselines(part: number): void {
  const outcomes: Outcome[] = [];
  const report = (outcome: Outcome): void => void outcomes.push(outcome);
  const baselines = candidates.filter((candidate) => candidate.stage.kind === "baseline");
  for (const { use, stage, options } of baselines.filter((_, i) => i % parts === part)) {
    describeCompatibility(use, stage, { options, plugins, optionsOf, without: usesOf("wrapper"), report });
    // A wrapper meets every baseline with LEADer on top; what a scheduler or an estimator is to it, it was to the baseline above.
    const plain = ["leader#satp", "leader#time-travel", "leader#stein", "leader#ucpm", ...usesOf("wrapper")];
    describeCompatibility(use, stage, {
      options,
      plugins,
      optionsOf,
      without: candidates.map((c) => c.use).filter((c) => !plain.includes(c)),
      report,
    });
  }

  afterAll(() => {
    const count = (what: Outcome["outcome"]): number => outcomes.filter(({ outcome }) => outcome === what).length;
    console.log(`${outcomes.length} combinations: ${count("runs")} run, ${count("refused")} are refused for a true reason`);
    const reasons = new Map<string, number>();
    for (const outcome of outcomes) {
      if (outcome.outcome === "runs") continue;
      const reason = `${outcome.code}, cured by another ${outcome.curedBy?.join(" and ") ?? ""}`;
      reasons.set(reason, (reasons.get(reason) ?? 0) + 1);
    }
    for (const [reason, times] of reasons) console.log(`${times} x ${reason}`);
    expect(count("runs")).toBeGreaterThan(outcomes.length / 2);
  });
}
