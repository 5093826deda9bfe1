import { spawnSync } from "node:child_process";
import { existsSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { photoPrior } from "@leader/prior-photo";
import { readOutput, type BenchOutput } from "./bench-output.js";
import { resultsPage } from "./results-page.js";

/**
 * Runs the benches of `bench/paper` at their quick size and writes `docs/results.md` from their outputs.
 *
 *     npm run results [-- --images FOLDER] [--output FOLDER] [--only table2,table3] [--set path=value]
 *
 * What is done stays done (see `leader bench`), so that an interrupted call can be given again. With `--only`, the page says what it
 * leaves out. `--set` is handed on, such as --set 'common.backend={ use: "@leader/backend-onnx#cpu", with: { threads: 1 } }'.
 */
const root = fileURLToPath(new URL("../../../", import.meta.url));
const order = ["table1", "table2", "table3", "table4", "figure4", "figure5", "proposition41", "proposition42", "calibration"] as const;
/** Benches that measure LPIPS. */
const perceptual: readonly string[] = ["table1", "table2", "table3", "figure5"];

const { values } = parseArgs({
  options: {
    images: { type: "string" },
    output: { type: "string", default: join(root, "results") },
    only: { type: "string" },
    set: { type: "string", multiple: true, default: [] },
  },
});
const network = join(root, "out/weights/lpips-alex.onnx");
const measured = existsSync(network);

function runBench(name: string): void {
  const args = ["bench", "-p", join(root, `bench/paper/${name}.yaml`), "--quick", "-o", join(values.output, name)];
  args.push(...values.set.flatMap((change) => ["--set", change]));
  if (values.images !== undefined) args.push("--images", values.images);
  if (!measured && perceptual.includes(name)) args.push("--without", "lpips");
  const { status } = spawnSync(process.execPath, [join(root, "apps/cli/bin/leader.js"), ...args], {
    stdio: ["ignore", "ignore", "inherit"],
  });
  // 1 means that units failed: they are counted in the tables.
  if (status !== 0 && status !== 1) throw new Error(`the bench ${name} ended with exit code ${status ?? "none"}`);
}

const chosen: readonly string[] = values.only?.split(",") ?? order;
const benches: BenchOutput[] = [];
for (const name of chosen) {
  process.stderr.write(`> ${name}\n`);
  runBench(name);
  benches.push(readOutput(join(values.output, name), name));
}
const leftOut = order.filter((name) => !chosen.includes(name));
// As it was given, but for the folder of outputs, which changes no figure.
const given = [
  ...(values.images === undefined ? [] : [`--images ${values.images}`]),
  ...(values.only === undefined ? [] : [`--only ${values.only}`]),
  ...values.set.map((change) => `--set '${change}'`),
];
const handedOn = given.length === 0 ? [] : ["--", ...given];
const page = resultsPage(benches, {
  command: ["npm run results", ...handedOn].join(" "),
  prior: `@leader/prior-photo, ${(photoPrior.bytes / 2 ** 20).toFixed(1)} MiB, SHA-256 ${photoPrior.sha256.slice(0, 16)}…`,
  images: values.images === undefined ? "the first of Kodak's 24, cropped around the centre" : `the first of ${values.images}`,
  missing: [
    ...(measured ? [] : [`LPIPS was left out: ${relative(root, network)} does not exist (leader import-lpips makes it)`]),
    ...(leftOut.length === 0 ? [] : [`Benches that were not run this time: ${leftOut.join(", ")}`]),
  ],
});
writeFileSync(join(root, "docs/results.md"), page);
process.stderr.write("docs/results.md\n");
