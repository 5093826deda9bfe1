import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { pipelineSchema, PluginLoader } from "leader-restore";
import { errorsPage } from "./errors-page.js";
import { pluginListPage } from "./plugin-list-page.js";
import { stagesPage } from "./stages-page.js";

/** Writes the generated pages of `docs/`; with `--check` only compares, and fails if a page is out of date. */
const root = new URL("../../../", import.meta.url);
const pathOf = (file: string): string => fileURLToPath(new URL(file, root));

const tables = JSON.parse(readFileSync(pathOf("tools/docs.json"), "utf8")) as {
  readonly plugins: readonly string[];
  readonly errorTables: Readonly<Record<string, string | readonly string[]>>;
};
const loader = new PluginLoader({ directory: fileURLToPath(root) });
/** The name of the table that stands for every baseline that the command line brings along. */
const everyBaseline = "@leader/baseline-*";
const cli = JSON.parse(readFileSync(pathOf("apps/cli/package.json"), "utf8")) as {
  readonly dependencies: Readonly<Record<string, string>>;
};
// Those that the command line brings along: a new one gets its section with the release that brings it.
const baselines = Object.keys(cli.dependencies).filter((name) => name.startsWith("@leader/baseline-"));
const names = tables.plugins.flatMap((name) => (name === everyBaseline ? baselines : [name]));
const plugins = await Promise.all(names.map(async (name) => (await loader.load(name, false)).plugin));

const pages = {
  "docs/plugin-list.md": pluginListPage(plugins),
  "docs/stages.md": stagesPage(plugins),
  // What the first line of every preset names, so that editors complete them wherever the package is installed.
  "presets/pipeline.schema.json": `${JSON.stringify(pipelineSchema(plugins))}\n`,
  "docs/errors.md": errorsPage(Object.entries(tables.errorTables).map(([title, files]) => ({ title, files: [files].flat().map(pathOf) }))),
};
const check = process.argv.includes("--check");
for (const [file, text] of Object.entries(pages)) {
  if (!check) writeFileSync(pathOf(file), text);
  else if (readFileSync(pathOf(file), "utf8") !== text) {
    process.stderr.write(`${file} is out of date; run npm run docs\n`);
    process.exitCode = 1;
  }
}
