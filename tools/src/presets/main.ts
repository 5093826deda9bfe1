import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { defined } from "@leader/graph";
import { photoPrior } from "@leader/prior-photo";
import { perceptualMetric } from "../perceptual.js";
import { openPhotoPipeline } from "../photo-pipeline.js";
import { centreCrops } from "../pictures.js";
import { readFigures, readRow, writeFigures } from "./figures.js";
import { measurePreset, type PresetRow } from "./measure.js";
import { presetsPage } from "./page.js";
import { reasonFaults, reasonOf } from "./reasons.js";

/**
 * Runs every preset (task x method) on crops of tuning pictures, and writes `docs/presets.md`: PSNR, LPIPS and evaluations against the
 * measurement and the pseudo-inverse.
 *
 *     npm run presets -- FOLDER [--images 4] [--size 64] [--methods ddnm,daps] [--tasks colorization] [--no-page | --cached]
 *
 * What is done stays done, in `results/presets` until the page is written and then in `tools/preset-figures.json`: a changed preset is measured
 * again. `--cached` makes the page of what is there. LPIPS needs `out/weights/lpips-alex.onnx` (`leader import-lpips`). Ends with 1 where a preset is worth less than what costs nothing and does not say why, or says so and is worth more.
 */
const root = fileURLToPath(new URL("../../../", import.meta.url));
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    images: { type: "string", default: "4" },
    size: { type: "string", default: "64" },
    methods: { type: "string" },
    tasks: { type: "string" },
    "no-page": { type: "boolean", default: false },
    cached: { type: "boolean", default: false },
  },
});
const [folder] = positionals;
if (folder === undefined) throw new Error("name a folder of photographs");

const presets = join(root, "presets");
const cache = join(root, "results/presets");
const figuresFile = join(root, "tools/preset-figures.json");
const chosen = (list: string | undefined, name: string): boolean => list === undefined || list.split(",").includes(name);
const names = readdirSync(presets, { withFileTypes: true }).filter((entry) => entry.isDirectory() && chosen(values.methods, entry.name));
const files = names.flatMap(({ name: method }) =>
  readdirSync(join(presets, method))
    .filter((file) => file.endsWith(".yaml") && chosen(values.tasks, file.slice(0, -5)))
    .map((file) => ({ method, task: file.slice(0, -5), path: join(presets, method, file) })),
);

/** Small pictures gain nothing from a second thread, and several processes may share the work. */
const oneThread = 'backend={ use: "@leader/backend-onnx#cpu", with: { threads: 1 } }';

const perceptual = await perceptualMetric();
const pictures = await centreCrops(folder, Number(values.images), Number(values.size));
const setting = [photoPrior.sha256, perceptual === undefined, ...pictures.map(({ data }) => sha256(new Uint8Array(data.buffer)))];
mkdirSync(cache, { recursive: true });

const figures = readFigures(figuresFile);
const rows: PresetRow[] = [];
const used = new Map<string, PresetRow>();
const missing: string[] = [];
for (const { method, task, path } of files) {
  const pipeline = await openPhotoPipeline(path, [oneThread]);
  const { backend: _backend, ...stages } = pipeline.config;
  // The same in every checkout: the network is known by its content.
  const decides = { ...stages, denoiser: stages.denoiser.use };
  const key = sha256(JSON.stringify([method, task, decides, ...setting])).slice(0, 32);
  const unit = join(cache, `${key}.json`);
  if (!figures.has(key) && !existsSync(unit)) {
    if (values.cached) {
      missing.push(`${method}/${task}`);
      continue;
    }
    const measured = await measurePreset({ method, task }, pipeline, pictures, perceptual);
    writeFileSync(unit, JSON.stringify(measured));
  }
  const row = figures.get(key) ?? readRow(unit);
  used.set(key, row);
  rows.push({ ...row, ...defined({ reason: reasonOf(readFileSync(path, "utf8")) }) });
  const { restored, pinv, measurement, evaluations } = row;
  const others = [measurement, pinv].map((worth) => worth?.psnr.toFixed(2) ?? "-").join("\t");
  process.stdout.write(`${method}/${task}\t${restored.psnr.toFixed(2)}\t${evaluations}\t${others}\n`);
}

if (!values["no-page"] && values.methods === undefined && values.tasks === undefined) {
  const page = presetsPage(rows, {
    command: `npm run presets -- FOLDER --images ${values.images} --size ${values.size}${values.cached ? " --cached" : ""}`,
    pictures: `centre crops of ${values.size} x ${values.size} of the first ${pictures.length} tuning photographs, on which no result is reported`,
    prior: `@leader/prior-photo, SHA-256 ${photoPrior.sha256.slice(0, 16)}…`,
    missing,
  });
  writeFileSync(join(root, "docs/presets.md"), page);
  writeFigures(figuresFile, used);
  process.stderr.write("docs/presets.md\n");
}
await perceptual?.[Symbol.asyncDispose]();
const faults = reasonFaults(rows);
for (const fault of faults) process.stderr.write(`${fault}\n`);
if (faults.length > 0) process.exitCode = 1;

function sha256(content: string | Uint8Array): string {
  return createHash("sha256").update(content).digest("hex");
}
