import type { Plugin, StageKind } from "@leader/core";
import { referenceName } from "leader-restore";

const headings: Readonly<Record<StageKind, string>> = {
  baseline: "Baselines",
  operator: "Operators",
  denoiser: "Denoisers",
  wrapper: "Wrappers",
  modulator: "Modulators",
  uncertainty: "Uncertainty",
  scheduler: "Schedulers",
  backend: "Backends",
};

/** `docs/plugin-list.md`: the stages of the given plugins by kind, and how those of others are found. */
export function pluginListPage(plugins: readonly Plugin[]): string {
  const stages = plugins.flatMap((plugin) =>
    Object.entries(plugin.stages).map(([name, { kind, summary }]) => ({ use: `${referenceName(plugin.name)}#${name}`, kind, summary })),
  );
  const sections = Object.entries(headings).map(([kind, heading]) => {
    const rows = stages
      .filter((stage) => stage.kind === kind)
      .map(({ use, summary }) => `| [\`${use}\`](stages.md#${anchorOf(use)}) | ${summary} |`);
    return `## ${heading}\n\n| stage | |\n| --- | --- |\n${rows.join("\n")}\n`;
  });
  return [introduction, ...sections].join("\n");
}

const introduction = `# Plugins

Made by \`npm run docs\`. The stages that come with LEADer, by kind. TensorFlow.js is added by \`leader add tfjs\`.

Plugins of other authors have the keyword [\`leader-plugin\`](https://www.npmjs.com/search?q=keywords:leader-plugin) on npm. In a project that
depends on them, \`leader plugins\` lists their stages and the schema of pipelines (\`leader schema\`) completes them. To write one:
[a tutorial](tutorial.md), [the whole of it](plugins.md).
`;

/** The anchor of a heading, as GitHub makes it. */
const anchorOf = (heading: string): string =>
  heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\s_-]/gu, "")
    .replaceAll(" ", "-");
