import { spawnSync } from "node:child_process";
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { photoPrior } from "@leader/prior-photo";
import { perceptualNetwork } from "../perceptual.js";
import { readOutput, type BenchOutput } from "./bench-output.js";
import { keptPage } from "./kept-sections.js";
import { resultsPage, sizeOf } from "./results-page.js";
import { suites } from "./suites.js";

/**
 * Runs the benches of `bench/paper` at their quick size and writes `docs/results.md` from their outputs; with `--suite frontier` those of
 * `bench/frontier`, for `docs/frontier.md` and its plots.
 *
 *     npm run results [-- --suite frontier] [--images FOLDER] [--output FOLDER] [--only table2,table3] [--set path=value] [--quick]
 *
 * What is done stays done (see `leader bench`), so that an interrupted call can be given again. With `--only`, the sections of the others stay as
 * they are on the page; each says when, where and with which prior it was measured. `--set` is handed on, such as --set 'common.backend={ use: "@leader/backend-onnx#cpu", with: { threads: 1 } }'.
 */
const root = fileURLToPath(new URL("../../../", import.meta.url));
const { values } = parseArgs({
  options: {
    suite: { type: "string", default: "paper" },
    quick: { type: "boolean", default: false },
    images: { type: "string" },
    output: { type: "string", default: join(root, "results") },
    only: { type: "string" },
    set: { type: "string", multiple: true, default: [] },
  },
});
if (values.suite !== "paper" && values.suite !== "frontier") throw new Error(`--suite takes paper or frontier, received ${values.suite}`);
const chosenSuite = suites[values.suite];
const suite = values.quick ? { ...chosenSuite, full: [] } : chosenSuite;
const measured = existsSync(perceptualNetwork);

function runBench(name: string): void {
  const args = ["bench", "-p", join(root, suite.folder, `${name}.yaml`), ...sizeOf(suite, name), "-o", join(values.output, name)];
  args.push(...values.set.flatMap((change) => ["--set", change]));
  if (values.images !== undefined) args.push("--images", values.images);
  if (!measured && suite.perceptual.includes(name)) args.push("--without", "lpips");
  const { status } = spawnSync(process.execPath, [join(root, "apps/cli/bin/leader.js"), ...args], {
    stdio: ["ignore", "ignore", "inherit"],
  });
  // 1 means that units failed: they are counted in the tables.
  if (status !== 0 && status !== 1) throw new Error(`the bench ${name} ended with exit code ${status ?? "none"}`);
}

/** The plots of a bench, to where the page links them. */
function copyPlots(name: string): void {
  const folder = join(values.output, name);
  const images = join(root, "docs/images");
  mkdirSync(images, { recursive: true });
  for (const file of readdirSync(folder))
    if (/^frontier-.*\.svg$/u.test(file)) copyFileSync(join(folder, file), join(images, `${name}-${file}`));
}

const chosen: readonly string[] = values.only?.split(",") ?? suite.benches;
const benches: BenchOutput[] = [];
for (const name of chosen) {
  process.stderr.write(`> ${name}\n`);
  runBench(name);
  benches.push(readOutput(join(values.output, name), name));
  copyPlots(name);
}
const path = join(root, suite.page);
const kept = existsSync(path) ? keptPage(readFileSync(path, "utf8")) : undefined;
const leftOut = suite.benches.filter((name) => !chosen.includes(name) && kept?.sections.has(name) !== true);
// As it was given, but for the folder of outputs, which changes no figure.
const given = [
  ...(values.suite === "paper" ? [] : [`--suite ${values.suite}`]),
  ...(values.quick ? ["--quick"] : []),
  ...(values.images === undefined ? [] : [`--images ${values.images}`]),
  ...(leftOut.length === 0 ? [] : [`--only ${chosen.join(",")}`]),
  ...values.set.map((change) => `--set '${change}'`),
];
const handedOn = given.length === 0 ? [] : ["--", ...given];
const setting = {
  suite,
  command: ["npm run results", ...handedOn].join(" "),
  prior: `@leader/prior-photo, ${(photoPrior.bytes / 2 ** 20).toFixed(1)} MiB, SHA-256 ${photoPrior.sha256.slice(0, 16)}…`,
  images: values.images === undefined ? "the first of Kodak's 24, cropped around the centre" : `the first of ${values.images}`,
  missing: [
    ...(measured ? [] : [`LPIPS was left out: ${relative(root, perceptualNetwork)} does not exist (leader import-lpips makes it)`]),
    ...(leftOut.length === 0 ? [] : [`Benches that were not run: ${leftOut.join(", ")}`]),
  ],
};
writeFileSync(path, resultsPage(benches, setting, kept));
process.stderr.write(`${suite.page}\n`);
